"""memberOf, subsumes and subsumedBy (https://hl7.org/fhir/R4/fhirpath.html#functions).

They use the code systems and value sets that R4 itself defines. Any other value set is an error, as R4 says (in R5 it
is empty). If the definitions cannot tell whether a code is a member, the result is empty.
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
    definition = base().value_set(url) or base().value_set(url.partition("|")[0])
    if definition is None:
        raise PathError(f"the value set {url} is not known")
    try:
        return boolean(_is_member(node, definition))
    except NotSupported:
        return []


def _is_member(node: Node, value_set: ValueSet) -> bool:
    if node[0] == "CodeableConcept":
        return any(_has(coding[1], value_set) for coding in _codings(node))
    if node[0] == "Coding":
        return _has(node[1], value_set)
    if KINDS.get(node[0]) != "String":
        raise PathError(f"a code expected, {node[0]} found")
    members = base().members(value_set.canonical)
    if len({system for system, _ in members}) > 1:
        raise PathError(f"the value set {value_set.url} has codes of several systems, and a string has no system")
    return any(node[1] == code for _, code in members)


def _codings(concept: Node) -> Nodes:
    out: Nodes = []
    reader("CodeableConcept", "coding")(concept, out)
    return out


def _has(coding: dict[str, Any], value_set: ValueSet) -> bool:
    code, system = coding.get("code"), coding.get("system")
    return isinstance(code, str) and isinstance(system, str) and base().find(value_set, system, code) is not None


def _subsumes(nodes: Nodes, other: Nodes) -> Nodes:
    """Tell whether a code of the left side is, or is above, a code of the right side."""
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
    """Compare by the hierarchy of the code system. Raises PathError if it is unknown: that must not be taken for no."""
    if not upper.isdisjoint(lower):
        return True
    pairs = [(system, above, below) for system, above in upper for other, below in lower if system == other]
    answers = [_relation(*pair) for pair in pairs]
    if True not in answers and (not answers or None in answers):
        raise PathError("the hierarchy of the code system is not known")
    return True in answers


def _relation(url: str, above: str, below: str) -> bool | None:
    """Tell whether one code subsumes another, None if one of them is unknown."""
    system = base().code_system(url)
    if system is None or system.get(above) is None or system.get(below) is None:
        return None
    return system.subsumes(above, below)


def _keys(node: Node) -> _Keys:
    """Return (system, code) of a Coding, or of each Coding of a CodeableConcept."""
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
