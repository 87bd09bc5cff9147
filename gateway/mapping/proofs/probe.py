"""Find out by trying which parts of a FHIR value a lens reads.

A part is read if the lens reads something from it alone, or reads something else from the value without it. Values of
one shape are tried only until all their parts are known to be read, and a limited number of times.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.mapping.values.lens import Lens, Unreadable

Way = tuple[str, ...]
"""The names of the JSON members from the value to a part, without indexes; an extension is `extension(url)`."""

EXTENSIONS = ("extension", "modifierExtension")
_MOST_TRIES = 25


def ways(value: dict[str, Any], before: Way = ()) -> Iterator[Way]:
    """Yield the ways to all single values in `value`, which may repeat; an extension counts as one value."""
    for name, part in value.items():
        for item in part if isinstance(part, list) else [part]:
            if name in EXTENSIONS:
                yield (*before, extension(name, item))
            elif isinstance(item, dict):
                yield from ways(item, (*before, name))
            elif item is not None:
                yield (*before, name)


def extension(name: str, item: Any) -> str:
    """Return the step of a way for an extension, `extension(url)`."""
    return f"{name}({item.get('url') if isinstance(item, dict) else ''})"


class Probe:
    """A probe of many values, which remembers what it found out."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, frozenset[Way]], set[Way]] = {}
        self._tries: dict[tuple[int, frozenset[Way]], int] = {}
        self._kept: list[Lens] = []  # while a lens lives, Python gives its id to no other object

    def read(self, lens: Lens, value: dict[str, Any]) -> set[Way]:
        """Return the ways in values of this shape to what `lens` is known to read."""
        shape = frozenset(ways(value))
        key = (id(lens), shape)
        if key not in self._read:
            self._kept.append(lens)
            self._read[key], self._tries[key] = set(), 0
        read = self._read[key]
        if len(read) < len(shape) and self._tries[key] < _MOST_TRIES:
            self._tries[key] += 1
            read |= {way for way in shape - read if _reads(lens, value, way)}
        return read


def _reads(lens: Lens, value: dict[str, Any], way: Way) -> bool:
    alone = _picked(value, way, lambda at: at == way[: len(at)])
    without = _picked(value, way, lambda at: at != way)
    return _read_or_none(lens, alone) is not None or _read_or_none(lens, without) != _read_or_none(lens, value)


def _read_or_none(lens: Lens, value: Any) -> Any:
    try:
        return lens.get(value, [])
    except Unreadable:
        return None


def _picked(value: dict[str, Any], way: Way, wanted: Callable[[Way], bool], before: Way = ()) -> dict[str, Any]:
    """Return `value` with only those members whose way is `wanted`."""
    picked: dict[str, Any] = {}
    for name, part in value.items():
        if name in EXTENSIONS and isinstance(part, list):
            items = [item for item in part if wanted((*before, extension(name, item)))]
            if items:
                picked[name] = items
        elif wanted(here := (*before, name)) or here == way[: len(here)] != way:
            picked[name] = _inside(part, way, wanted, here)
    return picked


def _inside(part: Any, way: Way, wanted: Callable[[Way], bool], here: Way) -> Any:
    if isinstance(part, dict):
        return _picked(part, way, wanted, here)
    if isinstance(part, list):
        return [_inside(item, way, wanted, here) for item in part]
    return part
