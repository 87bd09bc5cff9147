"""Load a mapping from YAML and verify everything in it, so that no word of a file can fail later.

The language is described in docs/reference/mapping-language.md. Every ConfigurationError starts with `file:line: field
name:`.
"""

import re
from collections import abc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from gateway.fhir import path as fhirpath
from gateway.fhir import r4
from gateway.mapping import indexes
from gateway.mapping.codemaps import code_map
from gateway.mapping.definition import options, type_suggestions
from gateway.mapping.definition.options import Words
from gateway.mapping.functions import Function
from gateway.mapping.mapping import Mapping
from gateway.mapping.places import root_keys
from gateway.mapping.places.place import Place, parse_place
from gateway.mapping.reading import fast_path
from gateway.mapping.reading.fast_path import FastPath
from gateway.mapping.reading.field import WHOLE, Field, Record
from gateway.mapping.source import suggestions
from gateway.mapping.source.file_fault import shown
from gateway.mapping.source.yaml_source import Source, brief
from gateway.mapping.types import TYPES
from gateway.mapping.values import memo
from gateway.mapping.values.lens import Lens, Part, Reader, Type, Unwritable, united
from gateway.mapping.writing.record_writer import put_record

WORDS = ("path", "type", "list", "fields", "to", "codes", "uncovered", "function", "default", "read-only")
RESERVED = ("id", "pk", "fhir", "objects", "unmapped", "quality")  # filled in by the gateway, or names of mongomotor

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NOT_WITH_FIELDS = ("type", "to", "codes", "uncovered", "function", "default")


def load(source: Source, stamp: str = "") -> Mapping:
    """Load the mapping in one file; `source` is its root. Raises ConfigurationError for the first fault."""
    words = _words(source, ("resource", "collection", "indexes", "fields"))
    for word in ("resource", "collection", "fields"):
        if word not in words:
            source.refuse(f"`{word}` is missing: a mapping needs resource, collection and fields")
    resource, collection = words["resource"].text(), words["collection"].text()
    if resource not in r4.resource_types():
        words["resource"].refuse(_no_resource(resource))
    if not _NAME.fullmatch(collection):
        words["collection"].refuse(
            f"{collection!r} cannot be the name of a collection: write lower-case letters, digits and _"
        )
    fields = _fields(words["fields"], resource, "")
    wanted_indexes = indexes.load(words.get("indexes"), fields)
    return Mapping(resource, collection, Record(fields), shown(source.file), stamp, wanted_indexes)


def _no_resource(name: str) -> str:
    return f"{name!r} is not an R4 resource type{suggestions.nearest(name, r4.resource_types())}"


def _words(source: Source, allowed: tuple[str, ...]) -> Words:
    words: Words = {}
    for place, key, value in source.entries():
        if key not in allowed:
            place.refuse(f"unknown word {key!r}{suggestions.nearest(key, allowed)}; write one of {', '.join(allowed)}")
        words[key] = value
    return words


def _fields(source: Source, context: str, parent: str) -> tuple[Field, ...]:
    """Load the fields of a mapping or of an object.

    context: the FHIR type that their paths start from.
    parent: the dotted name of the object, with a dot at its end; empty for the mapping itself.
    """
    fields = []
    for place, name, value in source.of_field(parent.rstrip(".")).entries():
        place, value = place.of_field(f"{parent}{name}"), value.of_field(f"{parent}{name}")
        if not _NAME.fullmatch(name):
            place.refuse("the name of a field must be lower-case letters, digits and _, beginning with a letter")
        if not parent and name in RESERVED:
            place.refuse(f"the name {name!r} belongs to the gateway itself: write another name")
        fields.append(_field(place, name, value, context, f"{parent}{name}"))
    if not fields:
        source.refuse("has no fields: write at least one")
    return tuple(fields)


def _field(place: Source, name: str, source: Source, context: str, dotted: str) -> Field:
    words = _words(source, WORDS)
    if ("type" in words) == ("fields" in words):
        place.refuse("needs either `type` or `fields`, and not both")
    many = "list" in words and words["list"].flag()
    if "fields" in words:
        return _object(place, name, words, context, dotted, many)
    return _value(place, name, words, context, many)


def _object(place: Source, name: str, words: Words, context: str, dotted: str, many: bool) -> Field:
    for word in _NOT_WITH_FIELDS:
        if word in words:
            words[word].refuse(f"`{word}` cannot stand beside `fields`: leave it out")
    if "path" not in words:
        return _group(place, name, words, context, dotted, many)
    path, expression, reached = _path(words["path"], context)
    if reached is None or len(reached) != 1 or (below := next(iter(reached))) not in r4.types():
        words["path"].refuse("the path of an object must lead to one type of element" + _yields(reached))
    inner = _fields(words["fields"], below, dotted + ".")
    record = Record(inner)
    lens = _object_lens(record)
    read_only = options.read_only(words) or all(field.read_only for field in inner)
    memoized = all(field.memoized or field.type in memo.WITHIN for field in inner)
    return Field(
        name,
        path,
        place.line,
        "object",
        expression,
        root_keys.keys(path, context),
        _always(lens.get),
        lens,
        _always(lens),
        _place(words["path"], path, context, read_only),
        inner,
        many,
        read_only=read_only,
        memoized=memoized,
        record=record,
        fast_path=_fast_path(path, context, _always(lens), None, many=many, memoized=memoized),
    )


def _group(place: Source, name: str, words: Words, context: str, dotted: str, many: bool) -> Field:
    """Load an object without a path: its fields are read from the same element as the fields around it."""
    if many:
        words["list"].refuse("a list needs a `path`: write one, or leave out `list`")
    inner = _fields(words["fields"], context, dotted + ".")
    record = Record(inner)
    lens = _object_lens(record)
    return Field(
        name,
        WHOLE,
        place.line,
        "object",
        None,
        frozenset(),
        _always(lens.get),
        lens,
        _always(lens),
        fields=inner,
        read_only=all(field.read_only for field in inner),
        record=record,
    )


def _object_lens(record: Record) -> Lens:
    parts = tuple(Part("", field.name, field.lens, field.many) for field in record.fields if not field.read_only)
    rest = tuple(Part("", field.name, field.lens, field.many) for field in record.fields if field.read_only)
    return Lens(record.read, partial(put_record, record), parts=parts, derived=rest)


def _place(source: Source, path: str, context: str, read_only: bool) -> Place | None:
    """Return where the values of a field are written, None if it is read-only. Raises ConfigurationError."""
    if read_only:
        return None
    try:
        return parse_place(path, context)
    except Unwritable as error:
        source.refuse(f"path {brief(path)!r} on {context} can only be read ({error.reason}): say `read-only: true`")


def _value(place: Source, name: str, words: Words, context: str, many: bool) -> Field:
    if "path" not in words:
        place.refuse("needs a `path`: write where its value is in the resource")
    type_ = _type(words["type"])
    path, expression, reached = _path(words["path"], context)
    if reached is not None and not reached <= type_.lenses.keys():
        words["type"].refuse(type_suggestions.unreadable(type_, path, context, reached))
    lenses, read_only = _lenses(place, type_, words), options.read_only(words)
    possible = {name: lens for name, lens in lenses.items() if reached is None or name in reached}
    if not read_only and all(lens.put is None for lens in possible.values()):
        words["type"].refuse(f"type {type_.name} can only be read: say `read-only: true`")
    readers, function = {name: lens.get for name, lens in lenses.items()}, options.function(words, type_, many=many)
    lens = united(possible.values())
    memoized = type_.name in memo.TYPES
    as_read = "codes" not in words or type_.lenses_by is not None
    return Field(
        name,
        path,
        place.line,
        type_.name,
        expression,
        root_keys.keys(path, context),
        readers.get,
        replace(lens, leaf=function.leaf, parts=(), derived=()) if function and function.leaf else lens,
        lenses.get,
        _place(words["path"], path, context, read_only),
        many=many,
        codes=options.codes(words, type_),
        function=function,
        default=options.default(words, type_, many=many),
        read_only=read_only,
        memoized=memoized,
        fast_path=_fast_path(path, context, lenses.get, function, many=many, memoized=memoized) if as_read else None,
    )


def _fast_path(
    path: str,
    context: str,
    lens_of: Callable[[str], Lens | None],
    function: Function | None,
    *,
    many: bool,
    memoized: bool,
) -> FastPath | None:
    if path == WHOLE:
        lens = lens_of(context)
        return fast_path.whole(lens) if lens is not None and not many and function is None else None

    def reader(type_: str) -> Reader | None:
        lens = lens_of(type_)
        return None if lens is None else lens.get

    if function is None and "." not in path:
        return fast_path.element(path, context, reader, many=many, memoized=memoized)
    return fast_path.descent(path, context, reader, many=many, function=function)


def _type(source: Source) -> Type:
    name = source.text()
    if name not in TYPES:
        source.refuse(
            f"unknown type {name!r}{type_suggestions.for_unknown_type(name)}; write one of {', '.join(TYPES)}"
        )
    return TYPES[name]


def _path(source: Source, context: str) -> tuple[str, fhirpath.Expression, frozenset[str] | None]:
    """Return the text of a path, the compiled path, and the types it can yield (None: any).

    Raises ConfigurationError.
    """
    path = source.text()
    try:
        expression = fhirpath.compile(path, context)
    except fhirpath.PathError as error:
        start = type_suggestions.for_unknown_element(context) if error.phase == "semantic" else ""
        source.refuse(f"path {brief(path)!r} on {context}: {error.text}{start}")
    reached = expression.yields
    if reached is not None and not reached:
        source.refuse(f"path {brief(path)!r} on {context}: there is no such element")
    return path, expression, reached


def _yields(reached: frozenset[str] | None) -> str:
    return f"; this one yields {', '.join(sorted(reached))}" if reached else ""


def _lenses(place: Source, type_: Type, words: Words) -> abc.Mapping[str, Lens]:
    if (type_.lenses_to is None) == ("to" in words):
        place.refuse(f"type {type_.name} {'needs' if type_.lenses_to else 'does not take'} `to`")
    if type_.lenses_by is not None and "codes" in words:
        return type_.lenses_by(code_map.load(words["codes"], None, has_default=False).table)
    if type_.lenses_to is None:
        return type_.lenses
    target = words["to"].text()
    if target not in r4.resource_types():
        words["to"].refuse(_no_resource(target))
    return type_.lenses_to(target)


T = TypeVar("T")


def _always(value: T) -> Callable[[str], T | None]:
    return lambda type_: value
