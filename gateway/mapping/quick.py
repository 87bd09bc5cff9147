"""The quick way through a field, for what most are in most resources: an element by its name, of the shape that its
definition gives, whose values can be read. Whatever is otherwise is UNSURE, and read again the long way
(gateway.mapping.field), which alone knows what to say of it."""

from collections.abc import Callable
from typing import Any

from gateway.fhir import r4
from gateway.fhir.path.types import Field as Key
from gateway.fhir.path.types import fields
from gateway.mapping import recurring
from gateway.mapping.types.shape import Notes, Odd, Reader, place

UNSURE: Any = object()

Quick = Callable[[dict[str, Any], Notes], Any]
ReaderOf = Callable[[str], Reader | None]


def whole(read: Reader, *, recurs: bool) -> Quick:
    """Of a field that reads the object itself."""

    def quick(node: dict[str, Any], notes: Notes) -> Any:
        before = len(notes)
        try:
            return recurring.read(read, node, notes) if recurs else read(node, notes)
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

    def quick(node: dict[str, Any], notes: Notes) -> Any:
        raw = node.get(name)
        if raw.__class__ is not shape:
            return UNSURE
        return _read(read, raw, path, notes, recurs)

    return quick


def _choice(path: str, readers: dict[str, tuple[Key, Reader]], recurs: bool) -> Quick:
    keys = frozenset(readers)

    def quick(node: dict[str, Any], notes: Notes) -> Any:
        present = node.keys() & keys
        if len(present) != 1:
            return UNSURE
        name = present.pop()
        key, read = readers[name]
        raw = node[name]
        if raw.__class__ is not key.shapes[0]:
            return UNSURE
        return _read(read, raw, path, notes, recurs)

    return quick


def _read(read: Reader, raw: Any, path: str, notes: Notes, recurs: bool) -> Any:
    before = len(notes)
    try:
        value = recurring.read(read, raw, notes) if recurs else read(raw, notes)
    except Exception:
        del notes[before:]
        return UNSURE
    if len(notes) > before:
        place(notes, before, path)
    return value


def _several(path: str, key: Key, reader: ReaderOf, recurs: bool) -> Quick | None:
    name, shape, read = key.key, key.shapes[0], reader(key.type)
    if read is None:
        return None

    def quick(node: dict[str, Any], notes: Notes) -> Any:
        raw = node.get(name)
        if raw.__class__ is not list:
            return UNSURE
        before, values = len(notes), []
        for index, item in enumerate(raw):
            at = len(notes)
            try:
                if item.__class__ is not shape:
                    raise Odd
                value = recurring.read(read, item, notes) if recurs else read(item, notes)
            except Exception:
                del notes[before:]
                return UNSURE
            if len(notes) > at:
                place(notes, at, f"{path}[{index}]")
            if value is not None:
                values.append(value)
        return values or None

    return quick
