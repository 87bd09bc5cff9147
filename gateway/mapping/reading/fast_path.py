"""The quick way through a field, for what most are in most resources: elements by their names, of the shape that their
definitions give, whose values can be read. Whatever is otherwise is UNSURE, and read again the long way
(gateway.mapping.reading.field), which alone knows what to say of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from gateway.fhir import r4
from gateway.fhir.path.type_model import JsonField as Key
from gateway.fhir.path.type_model import fields
from gateway.mapping.functions import Function
from gateway.mapping.values import memo
from gateway.mapping.values.shape import Lens, Notes, Odd, Reader, Seen, place

UNSURE: Any = object()

Quick = Callable[[dict[str, Any], Notes, Seen], Any]
ReaderOf = Callable[[str], Reader | None]


def whole(lens: Lens) -> Quick:
    """Of a field that reads the object itself."""
    read, view = lens.get, lens.view
    if view is not None:
        return _viewed(view)

    def quick(node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        before = len(notes)
        try:
            return read(node, notes)
        except Exception:
            del notes[before:]
            return UNSURE

    return quick


def _viewed(view: Callable[[dict[str, Any], Notes, Seen], Any]) -> Quick:
    def quick(node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        before = len(notes)
        try:
            return view(node, notes, seen)
        except Exception:
            del notes[before:]
            return UNSURE

    return quick


def element(path: str, context: str, reader: ReaderOf, *, many: bool, recurs: bool) -> Quick | None:
    """Of a field whose path is the name of an element of `context`; None where there is no quick way."""
    definition = r4.types()[context].elements.get(path) if context in r4.types() else None
    keys = fields(context, path)
    if definition is None or not keys or any(key.resource for key in keys):
        return None
    if definition.many:
        return _several(path, keys[0], reader, recurs) if many and not definition.choice else None
    readers = {key.key: (key, read) for key in keys if (read := reader(key.type)) is not None}
    if many or len(readers) < len(keys):
        return None
    return _one(path, *next(iter(readers.values())), recurs) if len(keys) == 1 else _choice(path, readers, recurs)


def _one(path: str, key: Key, read: Reader, recurs: bool) -> Quick:
    name, shape = key.key, key.shapes[0]
    recurs = recurs and shape is dict

    def quick(node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        raw = node.get(name)
        if raw.__class__ is not shape:
            return UNSURE
        before = len(notes)
        try:
            value = memo.member(read, raw, name, notes, seen) if recurs else read(raw, notes)
        except Exception:
            del notes[before:]
            return UNSURE
        if len(notes) > before:
            place(notes, before, path)
        return value

    return quick


def _choice(path: str, readers: dict[str, tuple[Key, Reader]], recurs: bool) -> Quick:
    keys = frozenset(readers)
    ways = {name: _one(path, key, read, recurs) for name, (key, read) in readers.items()}

    def quick(node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        present = node.keys() & keys
        if len(present) != 1:
            return UNSURE
        return ways[present.pop()](node, notes, seen)

    return quick


def _several(path: str, key: Key, reader: ReaderOf, recurs: bool) -> Quick | None:
    name, shape, read = key.key, key.shapes[0], reader(key.type)
    if read is None:
        return None
    if recurs:
        read = partial(memo.read, read)

    def quick(node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        raw = node.get(name)
        if raw.__class__ is not list:
            return UNSURE
        before, values = len(notes), []
        for index, item in enumerate(raw):
            at = len(notes)
            try:
                if item.__class__ is not shape:
                    raise Odd
                value = read(item, notes)
            except Exception:
                del notes[before:]
                return UNSURE
            if len(notes) > at:
                place(notes, at, f"{path}[{index}]")
            if value is not None:
                values.append(value)
        return values or None

    return quick


def descent(path: str, context: str, reader: ReaderOf, *, many: bool, function: Function | None) -> Quick | None:
    """Of a field whose path leads down by the names of elements, or whose values go into a function."""
    *above, last = names = tuple(path.split("."))
    recurs = False
    for name in above:
        found = fields(context, name)
        if len(found) != 1 or found[0].shapes != (dict,) or found[0].resource:
            return None
        context = found[0].type
        recurs = recurs or context in memo.FHIR_TYPES
    found = fields(context, last)
    if len(found) != 1 or found[0].resource or (read := reader(found[0].type)) is None:
        return None
    collect = _collected(names[1:], found[0].shapes[0], read, function, many)
    return _descent(names[0], collect, recurs)


def _descent(first: str, collect: Reader, recurs: bool) -> Quick:
    def quick(node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        raw, before = node.get(first), len(notes)
        if raw is None:
            return None
        try:
            return memo.member(collect, raw, first, notes, seen) if recurs else collect(raw, notes)
        except Exception:
            del notes[before:]
            return UNSURE

    return quick


def _collected(names: tuple[str, ...], shape: type, read: Reader, function: Function | None, many: bool) -> Reader:
    """The reader of all that stands under `names` below a value; raises Odd where there is anything to note."""
    shapes = [*[dict for _ in names], shape]

    def collect(raw: Any, notes: Notes) -> Any:
        found = _each(raw, shapes[0])
        for name, inner in zip(names, shapes[1:], strict=True):
            found = [item for node in found if (below := node.get(name)) is not None for item in _each(below, inner)]
        values = [value for item in found if (value := read(item, notes)) is not None]
        if notes or (len(values) > 1 and not many and function is None):
            raise Odd
        if values and function is not None:
            return function.call(values) or None if many else function.call(values)
        return values or None if many else values[0] if values else None

    return collect


def _each(raw: Any, shape: type) -> list[Any]:
    """One value or the values of a list, each of that shape. Raises Odd."""
    if raw.__class__ is shape:
        return [raw]
    if raw.__class__ is not list or not raw:
        raise Odd
    for item in raw:
        if item.__class__ is not shape:
            raise Odd
    return raw
