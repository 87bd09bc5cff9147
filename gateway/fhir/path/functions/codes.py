"""memberOf, subsumes, subsumedBy: as far as the R4 definitions tell (https://hl7.org/fhir/R4/fhirpath.html#functions).

There is no terminology server: a value set that the definitions do not have is an error, as R4 wants (R5 has it empty),
one that they cannot expand gives nothing; of subsumption they tell only that a code subsumes itself.
"""

from typing import Any

from gateway.fhir import r4
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Function, plain
from gateway.fhir.path.members import reader
from gateway.fhir.path.values import KINDS, Node, Nodes, boolean, single, text

_Expansion = dict[str, frozenset[str]]


def _member_of(nodes: Nodes, value_set: Nodes) -> Nodes:
    node, url = single(nodes), text(value_set)
    if node is None or url is None or node[1] is None:
        return []
    name = url.partition("|")[0]
    if name not in r4.codes():
        raise PathError(f"the value set {url} is not known")
    expansion = r4.codes()[name]
    if expansion is not None and len(expansion) > 1 and node[0] in ("string", "System.String"):
        raise PathError(f"the value set {url} has codes of several systems, a string names none")
    return [] if expansion is None else boolean(_is_member(node, expansion))


def _is_member(node: Node, expansion: _Expansion) -> bool:
    if node[0] == "CodeableConcept":
        return any(_has(coding[1], expansion) for coding in _codings(node))
    if node[0] == "Coding":
        return _has(node[1], expansion)
    if KINDS.get(node[0]) == "String":
        return any(node[1] in codes for codes in expansion.values())
    raise PathError(f"{node[0]} is no code")


def _codings(concept: Node) -> Nodes:
    out: Nodes = []
    reader("CodeableConcept", "coding")(concept, out)
    return out


def _has(coding: dict[str, Any], expansion: _Expansion) -> bool:
    code, system = coding.get("code"), coding.get("system")
    return isinstance(code, str) and isinstance(system, str) and code in expansion.get(system, ())


def _subsumes(nodes: Nodes, other: Nodes) -> Nodes:
    """An error where the codes differ: what is no answer must not be taken for a no."""
    left, right = single(nodes), single(other)
    if left is None or right is None:
        return []
    if not _keys(left).isdisjoint(_keys(right)):
        return boolean(True)
    raise PathError("the hierarchy of the code system is not known")


def _keys(node: Node) -> set[tuple[str, str]]:
    """(system, code) of a Coding or of each in a CodeableConcept."""
    if node[0] not in ("Coding", "CodeableConcept"):
        raise PathError(f"Coding or CodeableConcept expected, {node[0]} found")
    codings = [node] if node[0] == "Coding" else _codings(node)
    keys = [(coding[1].get("system"), coding[1].get("code")) for coding in codings]
    return {(system, code) for system, code in keys if isinstance(system, str) and isinstance(code, str)}


FUNCTIONS: dict[str, Function] = {
    "memberOf": plain(_member_of, 1, gives="System.Boolean"),
    "subsumes": plain(_subsumes, 1, gives="System.Boolean"),
    "subsumedBy": plain(_subsumes, 1, gives="System.Boolean"),
}
