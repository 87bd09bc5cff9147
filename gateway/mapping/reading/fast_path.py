"""Read a field by the fast path, which handles the usual content of most fields.

The fast path handles elements that are reached by name, have the shape that their definitions give, and can be read.
For anything else it returns UNSURE, and the field is read again by evaluating its path (gateway.mapping.reading.field),
which alone knows what to note about odd content.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from gateway.fhir import r4
from gateway.fhir.path.type_model import JsonField as Key
from gateway.fhir.path.type_model import fields
from gateway.mapping.functions import Function
from gateway.mapping.values import memo
from gateway.mapping.values.lens import Lens, NodeCache, Notes, Reader, Unreadable, prefix_paths

UNSURE: Any = object()
"""The result of a fast path that does not handle the content: an object, because None means that there is no value."""

FastPath = Callable[[dict[str, Any], Notes, NodeCache], Any]
"""Read the value of one field from an object; None for no value, UNSURE if the field must be read by its path."""

ReaderOf = Callable[[str], Reader | None]
"""Return the reader of a FHIR type, None if the field does not read that type. Called while a mapping is loaded."""


def whole(lens: Lens) -> FastPath:
    """Return the fast path of a field that reads the object itself."""
    read, view = lens.get, lens.view
    if view is not None:
        return _view(view)

    def fast_path(node: dict[str, Any], notes: Notes, cache: NodeCache) -> Any:
        before = len(notes)
        try:
            return read(node, notes)
        except Exception:
            del notes[before:]
            return UNSURE

    return fast_path


def _view(view: FastPath) -> FastPath:
    def fast_path(node: dict[str, Any], notes: Notes, cache: NodeCache) -> Any:
        before = len(notes)
        try:
            return view(node, notes, cache)
        except Exception:
            del notes[before:]
            return UNSURE

    return fast_path


def element(path: str, context: str, reader_of: ReaderOf, *, many: bool, memoized: bool) -> FastPath | None:
    """Return the fast path of a field whose path is the name of an element of `context`, None if it has none."""
    definition = r4.types()[context].elements.get(path) if context in r4.types() else None
    keys = fields(context, path)
    if definition is None or not keys or any(key.resource for key in keys):
        return None
    if definition.many:
        return _list(path, keys[0], reader_of, memoized) if many and not definition.choice else None
    readers = {key.key: (key, read) for key in keys if (read := reader_of(key.type)) is not None}
    if many or len(readers) < len(keys):
        return None
    if len(keys) == 1:
        return _single(path, *next(iter(readers.values())), memoized)
    return _choice(path, readers, memoized)


def _single(path: str, key: Key, read: Reader, memoized: bool) -> FastPath:
    name, shape = key.key, key.shapes[0]
    memoized = memoized and shape is dict

    def fast_path(node: dict[str, Any], notes: Notes, cache: NodeCache) -> Any:
        raw = node.get(name)
        if raw.__class__ is not shape:
            return UNSURE
        before = len(notes)
        try:
            value = memo.read_member(read, raw, name, notes, cache) if memoized else read(raw, notes)
        except Exception:
            del notes[before:]
            return UNSURE
        if len(notes) > before:
            prefix_paths(notes, before, path)
        return value

    return fast_path


def _choice(path: str, readers: dict[str, tuple[Key, Reader]], memoized: bool) -> FastPath:
    keys = frozenset(readers)
    fast_paths = {name: _single(path, key, read, memoized) for name, (key, read) in readers.items()}

    def fast_path(node: dict[str, Any], notes: Notes, cache: NodeCache) -> Any:
        present = node.keys() & keys
        if len(present) != 1:
            return UNSURE
        return fast_paths[present.pop()](node, notes, cache)

    return fast_path


def _list(path: str, key: Key, reader_of: ReaderOf, memoized: bool) -> FastPath | None:
    name, shape, read = key.key, key.shapes[0], reader_of(key.type)
    if read is None:
        return None
    if memoized:
        read = partial(memo.read, read)

    def fast_path(node: dict[str, Any], notes: Notes, cache: NodeCache) -> Any:
        raw = node.get(name)
        if raw.__class__ is not list:
            return UNSURE
        before, values = len(notes), []
        for index, item in enumerate(raw):
            before_item = len(notes)
            try:
                if item.__class__ is not shape:
                    raise Unreadable
                value = read(item, notes)
            except Exception:
                del notes[before:]
                return UNSURE
            if len(notes) > before_item:
                prefix_paths(notes, before_item, f"{path}[{index}]")
            if value is not None:
                values.append(value)
        return values or None

    return fast_path


def descent(path: str, context: str, reader_of: ReaderOf, *, many: bool, function: Function | None) -> FastPath | None:
    """Return the fast path of a field whose path is several names of elements (`code.coding`), or that has a function.

    None if the path is anything else, or passes through a choice or another resource.
    """
    *above, last = names = tuple(path.split("."))
    memoized = False
    for name in above:
        keys = fields(context, name)
        if len(keys) != 1 or keys[0].shapes != (dict,) or keys[0].resource:
            return None
        context = keys[0].type
        memoized = memoized or context in memo.FHIR_TYPES
    keys = fields(context, last)
    if len(keys) != 1 or keys[0].resource or (read := reader_of(keys[0].type)) is None:
        return None
    collect = _collector(names[1:], keys[0].shapes[0], read, function, many)
    return _descent(names[0], collect, memoized)


def _descent(first_name: str, collect: Reader, memoized: bool) -> FastPath:
    def fast_path(node: dict[str, Any], notes: Notes, cache: NodeCache) -> Any:
        raw, before = node.get(first_name), len(notes)
        if raw is None:
            return None
        try:
            return memo.read_member(collect, raw, first_name, notes, cache) if memoized else collect(raw, notes)
        except Exception:
            del notes[before:]
            return UNSURE

    return fast_path


def _collector(names: tuple[str, ...], shape: type, read: Reader, function: Function | None, many: bool) -> Reader:
    """Return the reader of all values under `names` below a value.

    It raises Unreadable if there is anything to note.
    """
    shapes = [*[dict for _ in names], shape]

    def collect(raw: Any, notes: Notes) -> Any:
        items = _each(raw, shapes[0])
        for name, inner in zip(names, shapes[1:], strict=True):
            items = [item for node in items if (below := node.get(name)) is not None for item in _each(below, inner)]
        values = [value for item in items if (value := read(item, notes)) is not None]
        if notes or (len(values) > 1 and not many and function is None):
            raise Unreadable
        if values and function is not None:
            return function.call(values) or None if many else function.call(values)
        return values or None if many else values[0] if values else None

    return collect


def _each(raw: Any, shape: type) -> list[Any]:
    """Return a single value as a list, or a list as it is. Raises Unreadable unless all values have the shape."""
    if raw.__class__ is shape:
        return [raw]
    if raw.__class__ is not list or not raw:
        raise Unreadable
    for item in raw:
        if item.__class__ is not shape:
            raise Unreadable
    return raw
