"""The quick way through a field, for what most are in most resources: elements by their names, of the shape that their
definitions give, whose values can be read. Whatever is otherwise is UNSURE, and read again the long way
(gateway.mapping.field), which alone knows what to say of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from gateway.fhir import r4
from gateway.fhir.path.types import Field as Key
from gateway.fhir.path.types import fields
from gateway.mapping import recurring
from gateway.mapping.functions import Function
from gateway.mapping.types.shape import Lens, Notes, Odd, Reader, Seen, place

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
    if recurs:
        read = partial(recurring.read, read)

    def quick(node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        raw = node.get(name)
        if raw.__class__ is not shape:
            return UNSURE
        before = len(notes)
        try:
            value = read(raw, notes)
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
        read = partial(recurring.read, read)

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
    *above, last = path.split(".")
    for name in above:
        found = fields(context, name)
        if len(found) != 1 or found[0].shapes != (dict,) or found[0].resource:
            return None
        context = found[0].type
    found = fields(context, last)
    if len(found) != 1 or found[0].resource or (read := reader(found[0].type)) is None:
        return None
    return _descent((*above, last), found[0].shapes[0], read, function, many)


def _descent(names: tuple[str, ...], shape: type, read: Reader, function: Function | None, many: bool) -> Quick:
    *above, last = names

    def quick(node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        nodes, before = [node], len(notes)
        try:
            for name in above:
                nodes = _below(nodes, name, dict)
            found = [read(raw, notes) for raw in _below(nodes, last, shape)]
            values = [value for value in found if value is not None]
            if len(notes) > before:
                raise Odd
            made = function.call(values) if function is not None and values else values
        except Exception:
            del notes[before:]
            return UNSURE
        if many:
            return made or None
        if values and function is not None:
            return made
        return UNSURE if len(values) > 1 else values[0] if values else None

    return quick


def _below(nodes: list[Any], name: str, shape: type) -> list[Any]:
    """All values of an element of `nodes`, each of that shape. Raises Odd."""
    found: list[Any] = []
    for node in nodes:
        raw = node.get(name)
        if raw.__class__ is shape:
            found.append(raw)
        elif raw.__class__ is list and raw:
            for item in raw:
                if item.__class__ is not shape:
                    raise Odd
            found += raw
        elif raw is not None:
            raise Odd
    return found
