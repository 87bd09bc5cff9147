"""memberOf: against the value sets that the R4 definitions can expand (https://hl7.org/fhir/R4/fhirpath.html#functions)."""

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


FUNCTIONS: dict[str, Function] = {"memberOf": plain(_member_of, 1, gives="System.Boolean")}
