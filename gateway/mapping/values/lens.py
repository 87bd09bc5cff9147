"""What a type is: how it reads FHIR into a document and writes it back, and how types that have parts are put together.

A lens is both halves of one kind of value (https://www.cis.upenn.edu/~bcpierce/papers/lenses-toplas-final.pdf):
`get` reads a JSON value into what the document holds, `put` writes that into the JSON value it came from, so that
everything the document does not hold stays as it was: ids, extensions, elements nobody reads.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What there is to say of a value, by the path below it: (path, reason) for what could not be read, and
# (path, rule, before, after) for what was found wanting in its quality; see `finding`.
Notes = list[tuple[Any, ...]]

# One JSON value -> what the document holds, None for nothing. Raises Odd when the value as a whole cannot be read;
# a part that cannot be read is left out and noted.
Reader = Callable[[Any, Notes], Any]

# What one field found in a node, for the other fields that read the same node. It is gone with the node.
Seen = dict[Any, Any]


class Origins:
    """The JSON object that each written object comes from, so that what described the old one can be found."""

    def __init__(self) -> None:
        self._origins: dict[int, dict[str, Any]] = {}
        self._kept: list[dict[str, Any]] = []  # Python gives the id of an object to no other while the object lives

    def record(self, before: Any, after: dict[str, Any]) -> None:
        """Remember that `after` was written from `before`; do nothing if `before` is not an object."""
        if before.__class__ is dict and before is not after:
            self._origins[id(after)] = self._origins.get(id(before), before)
            self._kept.append(after)

    def of(self, after: dict[str, Any]) -> dict[str, Any] | None:
        """Return the object that `after` was written from, None for a new one."""
        return self._origins.get(id(after))


# (value for the document, JSON value that was there or None, where to record origins of objects) -> new JSON value.
# Raises Unwritable. Values of documents are plain, see `edits.plain`.
Writer = Callable[[Any, Any, Origins], Any]


class Odd(Exception):
    """The value is not what its element promises. The text goes into the document, so it never quotes the value."""


class Unwritable(Exception):
    """What a document holds cannot be written to FHIR. `path` is dotted and indexed, from the document's value on."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.reason, self.path = reason, path

    def below(self, name: str) -> "Unwritable":
        return Unwritable(self.reason, join(name, self.path))


@dataclass(frozen=True, slots=True)
class Lens:
    """`put` is None where there is no way back. `leaf` says what a single value is in the document (text, number,
    integer, boolean or time); objects have `parts` instead. `rest` are parts that follow from the others."""

    get: Reader
    put: Writer | None = None
    leaf: str = ""
    parts: tuple["Part", ...] = ()
    rest: tuple["Part", ...] = ()
    clears: bool = False
    """Whether `put` is also called with None, to take out its share of an element that holds other things too."""

    several: bool = False
    """Whether one value read comes to a list in the document."""
    view: Callable[[Any, Notes, Seen], Any] | None = None
    """`get` of a lens that reads whole nodes, with what others have seen of the node."""
    tell: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Where it depends on the value which parts follow: the value without them."""

    def told(self, value: Any) -> Any:
        """`value` of a document without the parts that follow from the others."""
        if self.tell is not None and isinstance(value, dict):
            value = self.tell(value)
        if not isinstance(value, dict) or not self.parts:
            return value
        lenses = {part.name: part.lens for part in self.parts}
        follows = {part.name for part in self.rest} - lenses.keys()
        return {name: _told(lenses.get(name), part) for name, part in value.items() if name not in follows}


def _told(lens: Lens | None, value: Any) -> Any:
    if lens is None:
        return value
    return [lens.told(item) for item in value] if isinstance(value, list) else lens.told(value)


def united(lenses: Iterable[Lens]) -> Lens:
    """What readers of documents have to expect of values of several kinds: all their parts. It reads nothing itself."""
    each = [*dict.fromkeys(lenses)]
    if len(each) == 1:
        return each[0]
    parts = {part.name: part for lens in reversed(each) for part in lens.parts}
    rest = {part.name: part for lens in reversed(each) for part in lens.rest if part.name not in parts}
    leaf = next((lens.leaf for lens in each), "")
    return Lens(nothing, None, leaf, tuple(parts.values()), tuple(rest.values()))


def nothing(value: Any, notes: Notes) -> None:
    """The reader of parts that are not read, but follow from others or are computed."""


@dataclass(frozen=True, slots=True)
class Part:
    """`element` of the FHIR value becomes `name` in the document; `many` when the element repeats.

    A part without an element follows from the others: it is read, never written.
    """

    element: str
    name: str
    lens: Lens
    many: bool = False


@dataclass(frozen=True, slots=True)
class Type:
    """`lenses` maps each FHIR type that can be read to its lens.

    A type that depends on what a reference points to makes its lenses from that: `lenses_to("Patient")`; one that
    judges by codes, from a map of local codes to LOINC: `lenses_by({"urn:lab|K": "2823-3"})`.
    """

    name: str
    lenses: Mapping[str, Lens]
    lenses_to: Callable[[str], Mapping[str, Lens]] | None = None
    lenses_by: Callable[[Mapping[str, str]], Mapping[str, Lens]] | None = None


def finding(notes: Notes, path: str, rule: str, before: Any, after: Any) -> None:
    """Record that `rule` applied at `path` below the value: what the resource says, and what the document holds
    instead (None: nothing). `rule` is dotted, `text.whitespace`; both values are as documents hold them."""
    notes.append((path, rule, before, after))


def _text(value: Any, notes: Notes) -> str:
    """Text exactly as sent: trimming is for matching, not for keeping."""
    if value.__class__ is not str:
        raise Odd("not text")
    if not value:
        raise Odd("empty text")
    return value


def _put_text(value: Any, raw: Any, origins: Origins) -> str:
    if value.__class__ is not str:
        raise Unwritable("text is due")
    if not value:
        raise Unwritable("empty text; leave it out instead")
    return str(value)


text = Lens(_text, _put_text, "text")


def place(notes: Notes, start: int, under: str) -> None:
    """Say of the notes from `start` on that they are about something below `under`."""
    for at in range(start, len(notes)):
        path, *said = notes[at]
        notes[at] = (join(under, path), *said)


def join(parent: str, child: str) -> str:
    """`name` and `[0].family` give `name[0].family`."""
    return parent + child if child.startswith("[") or not (parent and child) else f"{parent}.{child}"
