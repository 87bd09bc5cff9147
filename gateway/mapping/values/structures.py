"""Build the lenses of types that have parts: objects, lists of values, and parts that follow from other parts."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.mapping.values.alignment import aligned
from gateway.mapping.values.edits import Maker, keeping, merged, plain
from gateway.mapping.values.lens import Lens, Notes, Origins, Part, Reader, Unreadable, Unwritable, prefix_paths, text

PutItem = Callable[[Any, Any], Any]
"""Write a value of a list into the item that it comes from, None for a new value; return the new item.

Called by `merged` through the pairs that `pairs` makes. Raises Unwritable.
"""


def structure(*parts: Part) -> Lens:
    """Return the lens that reads and writes objects part by part.

    An object in which no part has a value reads as None.
    """
    get = _structure_reader(parts)
    return Lens(get, _StructureWriter(parts, get), parts=parts)


def _structure_reader(parts: tuple[Part, ...]) -> Reader:
    rows = tuple(
        (part.element, part.name, part.lens.get, part.many, part.lens.get is text.get and not part.many)
        for part in parts
    )

    def read(value: Any, notes: Notes) -> dict[str, Any] | None:
        if value.__class__ is not dict:
            raise Unreadable("not an object")
        document: dict[str, Any] = {}
        for element, name, reader, many, is_text in rows:
            raw = value.get(element)
            if raw is None:
                continue
            if is_text and raw.__class__ is str and raw:  # most parts are text: checked here, it saves a call
                document[name] = raw
                continue
            before = len(notes)
            part_value = None
            try:
                part_value = _each(raw, reader, notes) if many else reader(raw, notes)
            except Unreadable as odd:
                notes.append(("", str(odd)))
            if part_value is not None:
                document[name] = part_value
            if len(notes) > before:
                prefix_paths(notes, before, element)
        return document or None

    return read


def _each(raw: Any, read: Reader, notes: Notes) -> list[Any] | None:
    if raw.__class__ is not list:
        raise Unreadable("not a list")
    values = []
    for index, item in enumerate(raw):
        if item is None:  # a null holds the place of an item that has only extensions
            continue
        before = len(notes)
        try:
            value = read(item, notes)
        except Unreadable as odd:
            notes.append(("", str(odd)))
        else:
            if value is not None:
                values.append(value)
        if len(notes) > before:
            prefix_paths(notes, before, f"[{index}]")
    return values or None


class _StructureWriter:
    """The writer of an object: it writes the parts that were edited and leaves all others as they are."""

    def __init__(self, parts: tuple[Part, ...], get: Reader) -> None:
        self.parts, self.get = parts, get
        self.names = frozenset(part.name for part in parts)

    def __call__(self, value: Any, raw: Any, origins: Origins) -> dict[str, Any]:
        if value.__class__ is not dict:
            raise Unwritable("must be an object")
        for name in value:
            if name not in self.names:
                raise Unwritable(f"there is no such part; the parts are {', '.join(sorted(self.names))}", str(name))
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
            raise Unwritable("must not be empty: leave it out instead")
        origins.record(raw, new)
        return new


def read_plain(get: Reader, raw: Any) -> Any:
    """Return what the document holds of `raw`, as a plain value; an empty object if it holds nothing."""
    if raw is None:
        return {}
    try:
        value = get(raw, [])
    except Unreadable:
        return {}
    return {} if value is None else plain(value)


def _write_part(part: Part, wanted: Any, new: dict[str, Any], origins: Origins) -> None:
    """Write one part into `new`. The object beside a primitive, under `_element`, is left as it is."""
    element, lens = part.element, part.lens
    if lens.put is None:
        raise Unwritable("can only be read")
    raw = new.get(element)
    if part.many:
        put_list(new, element, lens, wanted, origins)
    elif (wanted is None and not lens.clears) or (new_value := lens.put(wanted, raw, origins)) is None:
        new.pop(element, None)
    else:
        new[element] = new_value


def put_list(new: dict[str, Any], element: str, lens: Lens, wanted: Any, origins: Origins) -> None:
    """Write a list of values, each into the item that it came from. Items that cannot be read stay where they are."""
    raw, beside = new.get(element), new.get("_" + element)
    items, companions = raw if isinstance(raw, list) else [], beside if isinstance(beside, list) else []
    values = [None if item is None else read_plain(lens.get, item) or None for item in items]
    last = max((number for number, companion in enumerate(companions, 1) if companion is not None), default=0)
    values += [None] * (last - len(items))  # items that have only extensions
    new_items, new_companions = merged(items, companions, pairs(values, wanted, lens, _put_each(lens, origins)))
    set_or_drop(new, element, new_items)
    set_or_drop(new, "_" + element, new_companions)


def _put_each(lens: Lens, origins: Origins) -> PutItem:
    write = lens.put

    def put(value: Any, raw: Any) -> Any:
        if write is None:
            raise Unwritable("can only be read")
        return write(value, raw, origins)

    return put


def pairs(values: Sequence[Any], wanted: Any, lens: Lens, put: PutItem) -> list[tuple[int | None, Maker | None]]:
    """Return the pairs that `merged` takes: which old item each wanted value comes from, and how it is written.

    `values` has the value of each old item, None for an item that cannot be read. Two values are the same even if one
    of them leaves out the parts that follow from its other parts.
    """
    if wanted is not None and wanted.__class__ is not list:
        raise Unwritable("must be a list")
    wanted = wanted or []
    aligned_pairs: list[tuple[int | None, Maker | None]] = []
    origins = aligned(
        [lens.without_derived(value) for value in values], [lens.without_derived(value) for value in wanted]
    )
    for position, (index, value) in enumerate(zip(origins, wanted, strict=True)):
        same = index is not None and values[index] == value
        aligned_pairs.append((index, None if same else _maker(put, value, position)))
    return keeping([index for index, value in enumerate(values) if value is None], aligned_pairs)


def _maker(put: PutItem, value: Any, position: int) -> Maker:
    def make(raw: Any) -> Any:
        try:
            if value is None:
                raise Unwritable("must not be null: leave it out instead")
            return put(value, raw)
        except Unwritable as error:
            raise error.below(f"[{position}]") from None

    return make


def set_or_drop(new: dict[str, Any], key: str, value: Any) -> None:
    """Set a member, or remove it if the value is empty: FHIR JSON has no nulls, no empty lists and no empty objects."""
    if value:
        new[key] = value
    else:
        new.pop(key, None)


def deriving(lens: Lens, derived: tuple[Part, ...], derive: Callable[[dict[str, Any], Notes], None]) -> Lens:
    """Return `lens` with further parts that follow from the others; `derive` adds them to each object that is read.

    When an object is written, a derived part may be missing, as it was, or as it becomes. Any other value would be lost
    and is refused.
    """
    read, write = lens.get, lens.put
    assert write is not None
    names = frozenset(part.name for part in derived)

    def get(value: Any, notes: Notes) -> dict[str, Any] | None:
        document: dict[str, Any] | None = read(value, notes)
        if document is not None:
            derive(document, notes)
        return document

    def put(value: Any, raw: Any, origins: Origins) -> Any:
        if value.__class__ is not dict:
            raise Unwritable("must be an object")
        rest = {name: part for name, part in value.items() if name not in names}
        written = (
            raw if raw is not None and rest == _without(read_plain(get, raw), names) else write(rest, raw, origins)
        )
        refuse_changed_derived(value, names, read_plain(get, raw), read_plain(get, written))
        return written

    return Lens(get, put, parts=lens.parts, derived=derived)


def _without(value: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: part for name, part in value.items() if name not in names}


def refuse_changed_derived(
    value: dict[str, Any], names: frozenset[str], old: dict[str, Any], new: dict[str, Any]
) -> None:
    """Raise Unwritable for a derived part that is neither what it was nor what it becomes."""
    for name in sorted(names & value.keys()):
        if value[name] != new.get(name) and value[name] != old.get(name):
            raise Unwritable("follows from the other parts and cannot be set: change those, or leave it out", name)
