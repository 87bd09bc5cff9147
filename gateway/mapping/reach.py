"""Where a path starts in the JSON, told from the R4 definitions before any data is seen."""

from gateway.fhir.path.nodes import Call, Indexer, Member, Tree
from gateway.fhir.path.parser import parse
from gateway.fhir.path.types import fields

# Functions that give back (some of) the nodes they are applied to.
_SAME = frozenset({"where", "first", "last", "tail", "skip", "take", "single", "distinct", "trace", "exclude"})


def keys(path: str, context: str) -> frozenset[str]:
    """JSON keys of which one must stand in the object for `path` to find anything; empty when there is no such rule."""
    head: Tree | None = parse(path)
    while isinstance(head, Call | Indexer | Member) and head.source is not None:
        if isinstance(head, Call) and head.name not in _SAME | {"ofType", "extension", "select"}:
            return frozenset()
        head = head.source
    if not isinstance(head, Member):
        return frozenset()
    found = [field.key for field in fields(context, head.name)]
    return frozenset([*found, *("_" + key for key in found)])
