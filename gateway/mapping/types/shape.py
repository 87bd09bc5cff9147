"""What a type is, and how the types that have parts are written down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# What there is to say of a value, by the path below it: (path, reason) for what could not be read, and
# (path, rule, before, after) for what was found wanting in its quality; see `finding`.
Notes = list[tuple[Any, ...]]

# One JSON value -> what the document holds, None for nothing. Raises Odd when the value as a whole cannot be read;
# a part that cannot be read is left out and noted.
Reader = Callable[[Any, Notes], Any]


class Odd(Exception):
    """The value is not what its element promises. The text goes into the document, so it never quotes the value."""


@dataclass(frozen=True, slots=True)
class Type:
    """`readers` maps each FHIR type that can be read to its reader.

    A type that depends on what a reference points to makes its readers from that: `readers_to("Patient")`.
    """

    name: str
    readers: Mapping[str, Reader]
    readers_to: Callable[[str], Mapping[str, Reader]] | None = None


def finding(notes: Notes, path: str, rule: str, before: Any, after: Any) -> None:
    """Record that `rule` applied at `path` below the value: what the resource says, and what the document holds
    instead (None: nothing). `rule` is dotted, `text.whitespace`; both values are as documents hold them."""
    notes.append((path, rule, before, after))


def text(value: Any, notes: Notes) -> str:
    """Text exactly as sent: trimming is for matching, not for keeping."""
    if value.__class__ is not str:
        raise Odd("not text")
    if not value:
        raise Odd("empty text")
    return value


@dataclass(frozen=True, slots=True)
class Part:
    """`element` of the FHIR value becomes `name` in the document; `many` when the element repeats."""

    element: str
    name: str
    read: Reader
    many: bool = False


def structure(*parts: Part) -> Reader:
    """A reader of objects, part by part; None when none of the parts has a value."""
    rows = tuple((part.element, part.name, part.read, part.many, part.read is text and not part.many) for part in parts)

    def read(value: Any, notes: Notes) -> dict[str, Any] | None:
        if value.__class__ is not dict:
            raise Odd("not an object")
        document: dict[str, Any] = {}
        for element, name, reader, many, is_text in rows:
            raw = value.get(element)
            if raw is None:
                continue
            if is_text and raw.__class__ is str and raw:  # most parts are: no need to call anything
                document[name] = raw
                continue
            before = len(notes)
            found = None
            try:
                found = _each(raw, reader, notes) if many else reader(raw, notes)
            except Odd as odd:
                notes.append(("", str(odd)))
            if found is not None:
                document[name] = found
            if len(notes) > before:
                place(notes, before, element)
        return document or None

    return read


def _each(raw: Any, read: Reader, notes: Notes) -> list[Any] | None:
    if raw.__class__ is not list:
        raise Odd("not a list")
    found = []
    for index, item in enumerate(raw):
        if item is None:  # holds the place of an item that has only extensions
            continue
        before = len(notes)
        try:
            value = read(item, notes)
        except Odd as odd:
            notes.append(("", str(odd)))
        else:
            if value is not None:
                found.append(value)
        if len(notes) > before:
            place(notes, before, f"[{index}]")
    return found or None


def place(notes: Notes, start: int, under: str) -> None:
    """Say of the notes from `start` on that they are about something below `under`."""
    for at in range(start, len(notes)):
        path, *said = notes[at]
        notes[at] = (_join(under, path), *said)


def _join(parent: str, child: str) -> str:
    """`name` and `[0].family` give `name[0].family`."""
    return parent + child if child.startswith("[") or not (parent and child) else f"{parent}.{child}"
