"""What to write instead, said with the error: of a path whose elements the type cannot read, of a word misspelt."""

from collections.abc import Iterable
from difflib import get_close_matches

from gateway.fhir.path.nodes import Binary, TypeTest, Unary
from gateway.fhir.path.parser import parse
from gateway.mapping.types import TYPES, Type

_MOST = 6


def unreadable(type_: Type, path: str, context: str, reached: frozenset[str]) -> str:
    """`reached`: the FHIR types that `path` yields, not all of which `type_` reads."""
    said = f"type {type_.name} does not read {_listed(reached - type_.lenses.keys())}, "
    said += f"which path {path!r} on {context} yields"
    fitting = [name for name in type_.lenses if name in reached]
    if fitting:
        start = f"({path})" if isinstance(parse(path), Binary | TypeTest | Unary) else path
        said += f"; narrow it, such as {start}.ofType({fitting[0]})"
    others = [name for name, other in TYPES.items() if reached <= other.lenses.keys()]
    return said + (f"; it is read by type {_listed(others)}" if others else "")


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
