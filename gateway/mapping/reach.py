"""What a path can yield, told from the R4 definitions before any data is seen."""

from gateway.fhir.path.nodes import Binary, Call, Indexer, Literal, Member, Special, Tree, TypeTest
from gateway.fhir.path.parser import parse
from gateway.fhir.path.types import fields, known
from gateway.fhir.path.values import outside

# Functions that give back (some of) the nodes they are applied to.
_SAME = frozenset({"where", "first", "last", "tail", "skip", "take", "single", "distinct", "trace", "exclude"})
_BOOLEAN = frozenset({"exists", "empty", "not", "all", "hasValue", "startsWith", "endsWith", "matches", "contains"})
_GIVES = {
    **dict.fromkeys(_BOOLEAN, "boolean"),
    **dict.fromkeys(("toString", "join", "lower", "upper", "replace", "substring", "trim"), "string"),
    **dict.fromkeys(("count", "length", "toInteger"), "integer"),
    "extension": "Extension",
}


def types(path: str, context: str) -> frozenset[str] | None:
    """The FHIR types that `path` may yield on a `context`; None when that cannot be told beforehand."""
    return _types(parse(path), frozenset((context,)))


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


def _types(tree: Tree | None, context: frozenset[str]) -> frozenset[str] | None:
    match tree:
        case None | Special(name="$this"):
            return context
        case Literal(type=type_):
            return frozenset((outside((type_, None, None))[0],))
        case Member(source=None, name=name) if name in context:
            return context
        case Member(source=source, name=name):
            return _members(_types(source, context), name)
        case Indexer(source=source):
            return _types(source, context)
        case Binary(operator="|", left=left, right=right):
            return _union(_types(left, context), _types(right, context))
        case TypeTest(operator="as", type=name):
            return frozenset((name.rpartition(".")[2],))
        case TypeTest(operator="is"):
            return frozenset(("boolean",))
        case Call():
            return _call(tree, context)
    return None


def _members(sources: frozenset[str] | None, name: str) -> frozenset[str] | None:
    if sources is None or not all(known(source) for source in sources):
        return None
    return frozenset(field.type for source in sources for field in fields(source, name))


def _union(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
    return None if left is None or right is None else left | right


def _call(call: Call, context: frozenset[str]) -> frozenset[str] | None:
    if call.name in _SAME:
        return _types(call.source, context)
    if call.name in ("ofType", "as"):
        wanted = call.arguments[0]
        return frozenset((wanted.name,)) if isinstance(wanted, Member) else None
    if call.name == "iif" and len(call.arguments) == 3:
        return _union(_types(call.arguments[1], context), _types(call.arguments[2], context))
    return frozenset((_GIVES[call.name],)) if call.name in _GIVES else None
