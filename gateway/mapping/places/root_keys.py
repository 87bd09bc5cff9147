"""Work out which JSON keys a path starts from, by the R4 definitions alone.

A field whose path starts from keys that a resource does not have need not be read at all.
"""

from gateway.fhir.path.nodes import FunctionCall, Indexer, Member, Tree, TypeTest
from gateway.fhir.path.parser import parse
from gateway.fhir.path.type_model import fields

# Functions whose result is a part of the nodes that they are applied to.
_SELECTING = frozenset({"where", "first", "last", "tail", "skip", "take", "single", "distinct", "trace", "exclude"})


def keys(path: str, context: str) -> frozenset[str]:
    """Return the JSON keys of which the object needs one for `path` to find anything; empty if that cannot be told."""
    return _keys(parse(path), context)


def _keys(head: Tree | None, context: str) -> frozenset[str]:
    match head:
        case FunctionCall(name="iif", source=None, arguments=(TypeTest(operand=operand), _, otherwise)):
            # Without the tested element the test is empty, and the result is that of the other branch.
            tested, other = _keys(operand, context), _keys(otherwise, context)
            return tested | other if tested and other else frozenset()
    on_extensions = False
    while isinstance(head, FunctionCall | Indexer | Member) and head.source is not None:
        if isinstance(head, FunctionCall) and head.name not in _SELECTING | {"ofType", "extension", "select"}:
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
