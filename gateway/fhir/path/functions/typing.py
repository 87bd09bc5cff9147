"""is, as, ofType, type: functions whose argument is the name of a type (https://hl7.org/fhirpath/N1/#types)."""

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, Function, plain
from gateway.fhir.path.nodes import Member, Tree
from gateway.fhir.path.operators import type_test
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.types import matching
from gateway.fhir.path.values import Node, Nodes


def type_name(tree: Tree) -> str:
    """`Patient`, `FHIR.Patient` from the tree of an argument."""
    if isinstance(tree, Member):
        return tree.name if tree.source is None else f"{type_name(tree.source)}.{tree.name}"
    raise PathError("the name of a type expected", phase="semantic", at=tree.at)


def _is(source: Run, wanted: Argument) -> Run:
    return type_test("is", type_name(wanted.tree), wanted.tree.at)(source)


def _as(source: Run, wanted: Argument) -> Run:
    return type_test("as", type_name(wanted.tree), wanted.tree.at)(source)


def _of_type(source: Run, wanted: Argument) -> Run:
    allowed = matching(type_name(wanted.tree))
    if allowed is None:
        raise PathError(f"there is no type {type_name(wanted.tree)}", phase="semantic", at=wanted.tree.at)

    def run(scope: Scope) -> Nodes:
        return [node for node in source(scope) if node[0] in allowed]

    return run


def _info(node: Node) -> Node:
    space, _, name = node[0].rpartition(".") if node[0].startswith("System.") else ("FHIR", "", node[0])
    name = "BackboneElement" if "." in name else name
    return ("ClassInfo", {"namespace": space, "name": name}, None)


FUNCTIONS: dict[str, Function] = {
    "is": Function(1, 1, _is),
    "as": Function(1, 1, _as),
    "ofType": Function(1, 1, _of_type),
    "type": plain(lambda nodes: [_info(node) for node in nodes]),
}
