"""Where a path starts in the JSON, told from the R4 definitions before any data is seen."""

from gateway.fhir.path.nodes import FunctionCall, Indexer, Member, Tree, TypeTest
from gateway.fhir.path.parser import parse
from gateway.fhir.path.type_model import fields

# Functions that give back (some of) the nodes they are applied to.
_SAME = frozenset({"where", "first", "last", "tail", "skip", "take", "single", "distinct", "trace", "exclude"})


def keys(path: str, context: str) -> frozenset[str]:
    """JSON keys of which one must stand in the object for `path` to find anything; empty when there is no such rule."""
    return _keys(parse(path), context)


def _keys(head: Tree | None, context: str) -> frozenset[str]:
    match head:
        case FunctionCall(name="iif", source=None, arguments=(TypeTest(operand=operand), _, otherwise)):
            # Of nothing the test is empty, so what counts is the other branch.
            tested, other = _keys(operand, context), _keys(otherwise, context)
            return tested | other if tested and other else frozenset()
    on_extensions = False
    while isinstance(head, FunctionCall | Indexer | Member) and head.source is not None:
        if isinstance(head, FunctionCall) and head.name not in _SAME | {"ofType", "extension", "select"}:
            return frozenset()
        on_extensions = isinstance(head, FunctionCall) and head.name == "extension"
        head = head.source
    if not isinstance(head, Member):
        return frozenset()
    found = fields(context, head.name)
    beside = ["_" + field.key for field in found]
    if on_extensions and all(field.primitive for field in found):
        return frozenset(beside)  # the extensions of a primitive stand beside it
    return frozenset([*(field.key for field in found), *beside])
