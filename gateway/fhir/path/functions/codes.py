"""memberOf, subsumes, subsumedBy: as far as the R4 definitions tell (https://hl7.org/fhir/R4/fhirpath.html#functions).

Only R4's own code systems and value sets are asked: a value set that they do not have is an error, as R4 wants (R5 has
it empty); where they cannot tell of a code, there is no result.
"""

from typing import Any

from gateway.errors import NotSupported
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import PathFunction, plain
from gateway.fhir.path.navigation import reader
from gateway.fhir.path.values import KINDS, Node, Nodes, boolean, single, text
from gateway.fhir.terminology import ValueSet, base

_Keys = set[tuple[str, str]]


def _member_of(nodes: Nodes, value_set: Nodes) -> Nodes:
    node, url = single(nodes), text(value_set)
    if node is None or url is None or node[1] is None:
        return []
    known = base().value_set(url) or base().value_set(url.partition("|")[0])
    if known is None:
        raise PathError(f"the value set {url} is not known")
    try:
        return boolean(_is_member(node, known))
    except NotSupported:
        return []


def _is_member(node: Node, value_set: ValueSet) -> bool:
    if node[0] == "CodeableConcept":
        return any(_has(coding[1], value_set) for coding in _codings(node))
    if node[0] == "Coding":
        return _has(node[1], value_set)
    if KINDS.get(node[0]) != "String":
        raise PathError(f"{node[0]} is no code")
    members = base().members(value_set.canonical)
    if len({system for system, _ in members}) > 1:
        raise PathError(f"the value set {value_set.url} has codes of several systems, a string names none")
    return any(node[1] == code for _, code in members)


def _codings(concept: Node) -> Nodes:
    out: Nodes = []
    reader("CodeableConcept", "coding")(concept, out)
    return out


def _has(coding: dict[str, Any], value_set: ValueSet) -> bool:
    code, system = coding.get("code"), coding.get("system")
    return isinstance(code, str) and isinstance(system, str) and base().find(value_set, system, code) is not None


def _subsumes(nodes: Nodes, other: Nodes) -> Nodes:
    """Some code on the left is some code on the right, or stands above it."""
    left, right = single(nodes), single(other)
    if left is None or right is None:
        return []
    return boolean(_is_above(_keys(left), _keys(right)))


def _subsumed_by(nodes: Nodes, other: Nodes) -> Nodes:
    left, right = single(nodes), single(other)
    if left is None or right is None:
        return []
    return boolean(_is_above(_keys(right), _keys(left)))


def _is_above(upper: _Keys, lower: _Keys) -> bool:
    """An error where the hierarchy is not known: what is no answer must not be taken for a no."""
    if not upper.isdisjoint(lower):
        return True
    pairs = [(system, above, below) for system, above in upper for other, below in lower if system == other]
    told = [_relation(*pair) for pair in pairs]
    if True not in told and (not told or None in told):
        raise PathError("the hierarchy of the code system is not known")
    return True in told


def _relation(url: str, above: str, below: str) -> bool | None:
    """None where one of the codes is not known."""
    system = base().code_system(url)
    if system is None or system.get(above) is None or system.get(below) is None:
        return None
    return system.subsumes(above, below)


def _keys(node: Node) -> _Keys:
    """(system, code) of a Coding or of each in a CodeableConcept."""
    if node[0] not in ("Coding", "CodeableConcept"):
        raise PathError(f"Coding or CodeableConcept expected, {node[0]} found")
    codings = [node] if node[0] == "Coding" else _codings(node)
    keys = [(coding[1].get("system"), coding[1].get("code")) for coding in codings]
    return {(system, code) for system, code in keys if isinstance(system, str) and isinstance(code, str)}


FUNCTIONS: dict[str, PathFunction] = {
    "memberOf": plain(_member_of, 1, gives="System.Boolean"),
    "subsumes": plain(_subsumes, 1, gives="System.Boolean"),
    "subsumedBy": plain(_subsumed_by, 1, gives="System.Boolean"),
}
