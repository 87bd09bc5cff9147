"""Which parts of a FHIR value a lens reads, found out by trying: a part is read if the document has something of it
when it stands alone, or is another when it is taken out.

Values of one shape are tried only until all their parts are known to be read, and a limited number of times.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.mapping.values.lens import Lens, Odd

Way = tuple[str, ...]
"""Names of JSON members from the value on, lists passed over; an extension is `extension(url)`."""

EXTENSIONS = ("extension", "modifierExtension")
_MOST_TRIES = 25


def ways(value: dict[str, Any], before: Way = ()) -> Iterator[Way]:
    """The ways to all single values in `value`, some of them more than once; extensions are not entered."""
    for name, part in value.items():
        for item in part if isinstance(part, list) else [part]:
            if name in EXTENSIONS:
                yield (*before, extension(name, item))
            elif isinstance(item, dict):
                yield from ways(item, (*before, name))
            elif item is not None:
                yield (*before, name)


def extension(name: str, item: Any) -> str:
    return f"{name}({item.get('url') if isinstance(item, dict) else ''})"


class Probe:
    """Remembers what it found out; to be used for many values."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, frozenset[Way]], set[Way]] = {}
        self._tries: dict[tuple[int, frozenset[Way]], int] = {}
        self._kept: list[Lens] = []  # an id is that of one lens only while the lens lives

    def read(self, lens: Lens, value: dict[str, Any]) -> set[Way]:
        """The ways in `value`, and in others of its shape, to what `lens` reads."""
        shape = frozenset(ways(value))
        key = (id(lens), shape)
        if key not in self._read:
            self._kept.append(lens)
            self._read[key], self._tries[key] = set(), 0
        found = self._read[key]
        if len(found) < len(shape) and self._tries[key] < _MOST_TRIES:
            self._tries[key] += 1
            found |= {way for way in shape - found if _reads(lens, value, way)}
        return found


def _reads(lens: Lens, value: dict[str, Any], way: Way) -> bool:
    alone = _picked(value, way, lambda at: at == way[: len(at)])
    without = _picked(value, way, lambda at: at != way)
    return _got(lens, alone) is not None or _got(lens, without) != _got(lens, value)


def _got(lens: Lens, value: Any) -> Any:
    try:
        return lens.get(value, [])
    except Odd:
        return None


def _picked(value: dict[str, Any], way: Way, wanted: Callable[[Way], bool], before: Way = ()) -> dict[str, Any]:
    """`value` with only those members whose way is `wanted`."""
    found: dict[str, Any] = {}
    for name, part in value.items():
        if name in EXTENSIONS and isinstance(part, list):
            items = [item for item in part if wanted((*before, extension(name, item)))]
            if items:
                found[name] = items
        elif wanted(here := (*before, name)) or here == way[: len(here)] != way:
            found[name] = _inside(part, way, wanted, here)
    return found


def _inside(part: Any, way: Way, wanted: Callable[[Way], bool], here: Way) -> Any:
    if isinstance(part, dict):
        return _picked(part, way, wanted, here)
    if isinstance(part, list):
        return [_inside(item, way, wanted, here) for item in part]
    return part
