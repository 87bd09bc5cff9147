"""is, as, ofType and type: functions about the type of a node (https://hl7.org/fhirpath/N1/#types)."""

from gateway.fhir.path import operators
from gateway.fhir.path.function import Argument, PathFunction, plain, type_name
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Node, Nodes, single


def _is(source: Run, type_: Argument) -> Run:
    return operators.is_type(source, type_name(type_.tree), type_.tree.at)


def _of_type(source: Run, type_: Argument) -> Run:
    return operators.of_type(source, type_name(type_.tree), type_.tree.at)


def _as(source: Run, type_: Argument) -> Run:
    """Compile as(). Unlike the operator `as`, it takes one item."""

    def checked(scope: Scope) -> Nodes:
        nodes = source(scope)
        single(nodes)
        return nodes

    return _of_type(checked, type_)


def _info(node: Node) -> Node:
    space, name = ("System", node[0][7:]) if node[0].startswith("System.") else ("FHIR", node[0])
    return ("ClassInfo", {"namespace": space, "name": "BackboneElement" if "." in name else name}, None)


FUNCTIONS: dict[str, PathFunction] = {
    "is": PathFunction(1, 1, _is, gives="System.Boolean", focus="type"),
    "as": PathFunction(1, 1, _as, gives="type", focus="type"),
    "ofType": PathFunction(1, 1, _of_type, gives="type", focus="type"),
    "type": plain(lambda nodes: [_info(node) for node in nodes]),
}
