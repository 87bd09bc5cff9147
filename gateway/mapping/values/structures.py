"""Types that have parts: objects read and written part by part, lists brought side by side, parts that follow."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.mapping.values.alignment import aligned
from gateway.mapping.values.edits import Maker, keeping, merged, plain
from gateway.mapping.values.lens import Lens, Notes, Odd, Origins, Part, Reader, Unwritable, place, text

PutItem = Callable[[Any, Any], Any]
"""Writes a value of a list into the item that it comes from, which is None for a new value."""


def structure(*parts: Part) -> Lens:
    """The lens of objects, part by part; nothing when none of the parts has a value."""
    get = _structure_reader(parts)
    return Lens(get, _StructureWriter(parts, get), parts=parts)


def _structure_reader(parts: tuple[Part, ...]) -> Reader:
    rows = tuple(
        (part.element, part.name, part.lens.get, part.many, part.lens.get is text.get and not part.many)
        for part in parts
    )

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


class _StructureWriter:
    def __init__(self, parts: tuple[Part, ...], get: Reader) -> None:
        self.parts, self.get = parts, get
        self.names = frozenset(part.name for part in parts)

    def __call__(self, value: Any, raw: Any, origins: Origins) -> dict[str, Any]:
        if value.__class__ is not dict:
            raise Unwritable("an object is due")
        for name in value:
            if name not in self.names:
                raise Unwritable("there is no such part here", str(name))
        old = read_plain(self.get, raw)
        new: dict[str, Any] = dict(raw) if isinstance(raw, dict) else {}
        for part in self.parts:
            wanted = value.get(part.name)
            if wanted != old.get(part.name):
                try:
                    _write_part(part, wanted, new, origins)
                except Unwritable as error:
                    raise error.below(part.name) from None
        if not new:
            raise Unwritable("empty; leave it out instead")
        origins.record(raw, new)
        return new


def read_plain(get: Reader, raw: Any) -> Any:
    """What the document holds of `raw`, as a plain value; an empty object where that is nothing."""
    if raw is None:
        return {}
    try:
        found = get(raw, [])
    except Odd:
        return {}
    return {} if found is None else plain(found)


def _write_part(part: Part, wanted: Any, new: dict[str, Any], origins: Origins) -> None:
    """Write the element's value into `new`. The object beside a primitive, under `_element`, is left as it is."""
    element, lens = part.element, part.lens
    if lens.put is None:
        raise Unwritable("cannot be written")
    raw = new.get(element)
    if part.many:
        put_list(new, element, lens, wanted, origins)
    elif (wanted is None and not lens.clears) or (made := lens.put(wanted, raw, origins)) is None:
        new.pop(element, None)
    else:
        new[element] = made


def put_list(new: dict[str, Any], element: str, lens: Lens, wanted: Any, origins: Origins) -> None:
    """Write a list of values, each into the item it came from; what cannot be read stays where it is."""
    raw, beside = new.get(element), new.get("_" + element)
    items, near = raw if isinstance(raw, list) else [], beside if isinstance(beside, list) else []
    values = [None if item is None else read_plain(lens.get, item) or None for item in items]
    last = max((number for number, one in enumerate(near, 1) if one is not None), default=0)
    values += [None] * (last - len(items))  # items that have only extensions
    made, kept = merged(items, near, pairs(values, wanted, lens, _put_each(lens, origins)))
    set_or_drop(new, element, made)
    set_or_drop(new, "_" + element, kept)


def _put_each(lens: Lens, origins: Origins) -> PutItem:
    write = lens.put

    def put(value: Any, raw: Any) -> Any:
        if write is None:
            raise Unwritable("cannot be written")
        return write(value, raw, origins)

    return put


def pairs(values: Sequence[Any], wanted: Any, lens: Lens, put: PutItem) -> list[tuple[int | None, Maker | None]]:
    """Return what `merged` takes; `values` are those of the items, None for an item that cannot be read. A part that
    follows from the rest of a value may be left out: it is still the same value."""
    if wanted is not None and wanted.__class__ is not list:
        raise Unwritable("a list is due")
    wanted = wanted or []
    found: list[tuple[int | None, Maker | None]] = []
    origins = aligned([lens.told(value) for value in values], [lens.told(value) for value in wanted])
    for position, (index, value) in enumerate(zip(origins, wanted, strict=True)):
        same = index is not None and values[index] == value
        found.append((index, None if same else _maker(put, value, position)))
    return keeping([index for index, value in enumerate(values) if value is None], found)


def _maker(put: PutItem, value: Any, position: int) -> Maker:
    def make(raw: Any) -> Any:
        try:
            if value is None:
                raise Unwritable("there are no nulls; leave it out instead")
            return put(value, raw)
        except Unwritable as error:
            raise error.below(f"[{position}]") from None

    return make


def set_or_drop(new: dict[str, Any], key: str, value: Any) -> None:
    """There are no nulls and no empty lists or objects in FHIR JSON."""
    if value:
        new[key] = value
    else:
        new.pop(key, None)


def deriving(lens: Lens, rest: tuple[Part, ...], derive: Callable[[dict[str, Any], Notes], None]) -> Lens:
    """A lens whose objects have further parts, which `derive` adds and which follow from the others.

    When written they may be missing, as they were, or as they become; anything else would be lost, so it is refused.
    """
    read, write = lens.get, lens.put
    assert write is not None
    names = frozenset(part.name for part in rest)

    def get(value: Any, notes: Notes) -> dict[str, Any] | None:
        document: dict[str, Any] | None = read(value, notes)
        if document is not None:
            derive(document, notes)
        return document

    def put(value: Any, raw: Any, origins: Origins) -> Any:
        if value.__class__ is not dict:
            raise Unwritable("an object is due")
        given = {name: part for name, part in value.items() if name not in names}
        made = raw if raw is not None and given == _without(read_plain(get, raw), names) else write(given, raw, origins)
        follows(value, names, read_plain(get, raw), read_plain(get, made))
        return made

    return Lens(get, put, parts=lens.parts, rest=rest)


def _without(value: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: part for name, part in value.items() if name not in names}


def follows(value: dict[str, Any], names: frozenset[str], old: dict[str, Any], new: dict[str, Any]) -> None:
    """Refuse derived parts that are neither what they were nor what they become."""
    for name in sorted(names & value.keys()):
        if value[name] != new.get(name) and value[name] != old.get(name):
            raise Unwritable("follows from the other parts and cannot be set", name)
