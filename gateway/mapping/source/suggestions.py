"""What to write instead, said with the error: of a path whose elements the type cannot read, of a word misspelt."""

from collections.abc import Iterable
from difflib import get_close_matches

from gateway.fhir import r4
from gateway.fhir.path.nodes import Binary, TypeTest, Unary
from gateway.fhir.path.parser import parse
from gateway.mapping.source.yaml_source import brief
from gateway.mapping.types import TYPES, Type

_MOST = 6


def unreadable(type_: Type, path: str, context: str, reached: frozenset[str]) -> str:
    """`reached`: the FHIR types that `path` yields, not all of which `type_` reads."""
    said = f"type {type_.name} does not read {_listed(reached - type_.lenses.keys())}, "
    said += f"which path {brief(path)!r} on {context} yields"
    fitting = [name for name in type_.lenses if name in reached]
    if fitting:
        start = f"({path})" if isinstance(parse(path), Binary | TypeTest | Unary) else path
        said += f"; narrow it, such as {start}.ofType({fitting[0]})"
    others = [name for name, other in TYPES.items() if reached <= other.lenses.keys()]
    return said + (f"; it is read by type {_listed(others)}" if others else "")


def type_(name: str) -> str:
    """Of an unknown type: the one it is nearly, or those that read the FHIR type of that name."""
    fhir = next((known for known in r4.types() if _folded(known) == _folded(name)), None)
    readers = [type_.name for type_ in TYPES.values() if fhir in type_.lenses]
    return f"; FHIR's {fhir} is read by type {_listed(readers)}" if readers else nearest(name, TYPES)


def element(context: str) -> str:
    """Of an element that is not there: where paths start from, if that is not the resource."""
    return "" if context in r4.resource_types() else f"; below `fields` a path starts from {context}"


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?`, empty where nothing is near."""
    folded = {_folded(name): name for name in known}
    found = get_close_matches(_folded(word), folded, n=1, cutoff=0.7)
    return f"; did you mean {folded[found[0]]}?" if found else ""


def _folded(word: str) -> str:
    return word.replace("_", "").replace("-", "").lower()


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:_MOST]) + (f" and {len(ordered) - _MOST} more" if len(ordered) > _MOST else "")
