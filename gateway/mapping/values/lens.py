"""Define what a type of the mapping language is: how it reads FHIR into a document, and how it writes it back.

A lens is both halves for one kind of value (https://www.cis.upenn.edu/~bcpierce/papers/lenses-toplas-final.pdf). `get`
reads a JSON value into what the document holds. `put` writes a value of a document into the JSON value that it came
from, so that everything the document does not hold stays as it was: ids, extensions, elements that no field reads.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Notes = list[tuple[Any, ...]]
"""Remarks about a value. The first item of each is the path below the value.

(path, reason): something could not be read.
(path, rule, before, after): a quality rule applied, see `note_finding`.
"""

Reader = Callable[[Any, Notes], Any]
"""Read one JSON value into what the document holds; None for nothing.

Raises Unreadable if the value as a whole cannot be read. A part that cannot be read is left out and noted.
"""

NodeCache = dict[Any, Any]
"""What the fields that read the same JSON object share, such as the results of paths. It lives as long as the object is
being read."""


class Origins:
    """The JSON object that each written object comes from, so that what described the old one can be found."""

    def __init__(self) -> None:
        self._origins: dict[int, dict[str, Any]] = {}
        self._kept: list[dict[str, Any]] = []  # while an object lives, Python gives its id to no other object

    def record(self, before: Any, after: dict[str, Any]) -> None:
        """Remember that `after` was written from `before`; do nothing if `before` is not an object."""
        if before.__class__ is dict and before is not after:
            self._origins[id(after)] = self._origins.get(id(before), before)
            self._kept.append(after)

    def of(self, after: dict[str, Any]) -> dict[str, Any] | None:
        """Return the object that `after` was written from, None if it is new."""
        return self._origins.get(id(after))


Writer = Callable[[Any, Any, Origins], Any]
"""Write (a value of a document, the JSON value in its place or None, the record of origins); return the new JSON value.

Values of documents are plain, see `gateway.mapping.values.edits.plain`. Raises Unwritable.
"""


class Unreadable(Exception):
    """A value that is not what its element promises. The text goes into the document, so it never quotes the value."""


class Unwritable(Exception):
    """A value of a document that cannot be written to FHIR.

    reason: what is wrong, and what to write instead.
    path: where in the value it is wrong, dotted and indexed; empty for the value itself.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.reason, self.path = reason, path

    def below(self, name: str) -> "Unwritable":
        """Return this refusal as seen from the object whose member `name` holds the value."""
        return Unwritable(self.reason, join(name, self.path))


@dataclass(frozen=True, slots=True)
class Lens:
    """Both halves of one kind of value.

    put: None if the value can only be read.
    leaf: what a single value is in the document: text, number, integer, boolean or time. Empty for objects, which have
        `parts` instead.
    derived: the parts that follow from the other parts; they may be left out when a value is written.
    clears: whether `put` is also called with None, to take its share out of an element that holds other things too.
    several: whether reading one value gives a list.
    view: `get` for a lens that reads whole objects and shares what it read with other fields.
    strip_derived: returns a value without its derived parts, if it depends on the value which parts are derived.
    """

    get: Reader
    put: Writer | None = None
    leaf: str = ""
    parts: tuple["Part", ...] = ()
    derived: tuple["Part", ...] = ()
    clears: bool = False
    several: bool = False
    view: Callable[[Any, Notes, NodeCache], Any] | None = None
    strip_derived: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def without_derived(self, value: Any) -> Any:
        """Return a value of a document without the parts that follow from the others, at any depth."""
        if self.strip_derived is not None and isinstance(value, dict):
            value = self.strip_derived(value)
        if not isinstance(value, dict) or not self.parts:
            return value
        lenses = {part.name: part.lens for part in self.parts}
        derived = {part.name for part in self.derived} - lenses.keys()
        return {name: _without_derived(lenses.get(name), part) for name, part in value.items() if name not in derived}


def _without_derived(lens: Lens | None, value: Any) -> Any:
    if lens is None:
        return value
    return [lens.without_derived(item) for item in value] if isinstance(value, list) else lens.without_derived(value)


def united(lenses: Iterable[Lens]) -> Lens:
    """Return a lens with the parts of all lenses, for code that asks what documents may hold. It reads nothing."""
    distinct = [*dict.fromkeys(lenses)]
    if len(distinct) == 1:
        return distinct[0]
    parts = {part.name: part for lens in reversed(distinct) for part in lens.parts}
    derived = {part.name: part for lens in reversed(distinct) for part in lens.derived if part.name not in parts}
    leaf = next((lens.leaf for lens in distinct), "")
    return Lens(read_nothing, None, leaf, tuple(parts.values()), tuple(derived.values()))


def read_nothing(value: Any, notes: Notes) -> None:
    """Read nothing: the reader of parts that are computed, or that follow from other parts."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an object.

    element: the JSON key in the FHIR value; empty for a derived part, which is read and never written.
    name: the name in the document.
    many: whether the element repeats.
    """

    element: str
    name: str
    lens: Lens
    many: bool = False


@dataclass(frozen=True, slots=True)
class Type:
    """A type of the mapping language.

    lenses: the lens of each FHIR type that the type reads.
    lenses_to: for a type that depends on what a reference points to, such as `key`: target -> lenses.
    lenses_by: for a type that judges by codes: a map of local codes to LOINC (`{"urn:lab|K": "2823-3"}`) -> lenses.
    """

    name: str
    lenses: Mapping[str, Lens]
    lenses_to: Callable[[str], Mapping[str, Lens]] | None = None
    lenses_by: Callable[[Mapping[str, str]], Mapping[str, Lens]] | None = None


def note_finding(notes: Notes, path: str, rule: str, before: Any, after: Any) -> None:
    """Note that a quality rule (`text.whitespace`) applied at `path` below the value.

    before: what the resource says.
    after: what the document holds instead, None for nothing.
    """
    notes.append((path, rule, before, after))


def _read_text(value: Any, notes: Notes) -> str:
    # The text exactly as sent: it is trimmed only where values are compared.
    if value.__class__ is not str:
        raise Unreadable("not text")
    if not value:
        raise Unreadable("empty text")
    return value


def _write_text(value: Any, raw: Any, origins: Origins) -> str:
    if value.__class__ is not str:
        raise Unwritable("must be text")
    if not value:
        raise Unwritable("must not be empty: leave it out instead")
    return str(value)


text = Lens(_read_text, _write_text, "text")


def prefix_paths(notes: Notes, start: int, parent: str) -> None:
    """Put `parent` in front of the paths of all notes from number `start` on."""
    for number in range(start, len(notes)):
        path, *remark = notes[number]
        notes[number] = (join(parent, path), *remark)


def join(parent: str, child: str) -> str:
    """Join two paths: `name` and `[0].family` give `name[0].family`."""
    return parent + child if child.startswith("[") or not (parent and child) else f"{parent}.{child}"
