"""One field of a mapping, and how it reads: path, then type, then code map, then function, then default."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway import budget
from gateway.errors import TooCostly
from gateway.fhir.path import Expression, PathError
from gateway.mapping.codemaps.code_map import CodeMap
from gateway.mapping.functions import Function
from gateway.mapping.places.place import Place
from gateway.mapping.reading.fast_path import UNSURE, Quick
from gateway.mapping.values import memo
from gateway.mapping.values.lens import Lens, Notes, Odd, Reader, Seen, place

_CHECKED = 500
"""Values that are read from one check of the budget to the next."""
WHOLE = "$this"
"""The path that leads to the resource or object itself."""


@dataclass(frozen=True, slots=True)
class Field:
    """`expression` None reads the parent itself (a group). `reader` gives the reader of a FHIR type, if it has one.

    `lens` is that of its values, whatever their FHIR type; `lens_of` that of one FHIR type; `place` where they come to
    stand when written, None for what can only be read (and for groups, which stand nowhere themselves).

    `keys`: unless one of these JSON keys is present, the path cannot find anything; empty where that is not so.
    `recurs`: see gateway.mapping.values.memo. `record`: the `fields` of an object.
    `quick`: see gateway.mapping.reading.fast_path.
    """

    name: str
    path: str
    line: int
    type: str
    expression: Expression | None
    keys: frozenset[str]
    reader: Callable[[str], Reader | None]
    lens: Lens
    lens_of: Callable[[str], Lens | None]
    place: Place | None = None
    fields: tuple["Field", ...] = ()
    many: bool = False
    codes: CodeMap | None = None
    function: Function | None = None
    default: Any = None
    read_only: bool = False
    recurs: bool = False
    record: "Record | None" = None
    quick: Quick | None = None

    def read(self, node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        """The value for the document, None for none. `seen` is shared by all fields that read this `node`.

        Content that not even the types foresee costs this field, never the resource: one that is already accepted
        must not become unstorable through its mapping.
        """
        if self.quick is not None:
            value = self.quick(node, notes, seen)
            if value is not UNSURE:
                return self.default if value is None else value
        return self.thoroughly(node, notes, seen)

    def thoroughly(self, node: dict[str, Any], notes: Notes, seen: Seen) -> Any:
        """As `read`, the long way."""
        try:
            values = self._values(node, notes, seen)
            if values and self.function is not None:
                values = self._computed(self.function, values, notes)
        except TooCostly:  # the request ends: its documents must not depend on the time that it had left
            raise
        except Exception as error:
            notes.append((self.path, f"could not be read ({type(error).__name__})"))
            return self.default
        if not values:
            return self.default
        if self.many:
            return values
        if len(values) > 1:
            notes.append((self.path, f"{len(values)} values where one is due"))
            return self.default
        return values[0]

    def _values(self, node: dict[str, Any], notes: Notes, seen: Seen) -> list[Any]:
        values = []
        for index, (type_, raw) in enumerate(self._found(node, notes, seen)):
            before = len(notes)
            if index % _CHECKED == _CHECKED - 1:
                budget.check()
            try:
                value = self.value_of(type_, raw, notes)
            except Odd as odd:
                notes.append(("", str(odd)))
                value = None
            if len(notes) > before and self.path != WHOLE:
                place(notes, before, f"{self.path}[{index}]" if self.many or self.function else self.path)
            if value is not None:
                values.append(value)
        return values

    def value_of(self, type_: str, raw: Any, notes: Notes) -> Any:
        """What the document holds of one value that the path found, None for nothing. Raises Odd."""
        reader = self.reader(type_)
        if reader is None:
            raise Odd(f"{type_} where {self.type} is due")
        value = memo.read(reader, raw, notes) if self.recurs else reader(raw, notes)
        return value if value is None or self.codes is None else self._translated(self.codes, value)

    def _found(self, node: dict[str, Any], notes: Notes, seen: Seen) -> list[tuple[str, Any]]:
        """What the path finds, evaluated once for all fields that have the same path."""
        if self.expression is None:
            return [("", node)]
        found: list[tuple[str, Any]] | None = seen.get(self.expression)
        if found is None:
            try:
                found = seen[self.expression] = self.expression.typed(node)
            except PathError as error:
                notes.append((self.path, error.reason))
                return []
        raw = node.get(self.path)  # where the path is merely the name of an element
        if raw is not None and (not found or raw.__class__ is list) and len(found) < _count(raw):
            notes.append((self.path, "not of the shape its definition gives"))
        return found

    def _translated(self, codes: CodeMap, value: str) -> Any:
        code = codes.translate(value)
        return self.default if code is None else code

    def _computed(self, function: Function, values: list[Any], notes: Notes) -> list[Any]:
        try:
            value = function.call(values)
        except Odd as odd:
            notes.append((self.path, str(odd)))
            return []
        return value or [] if function.many else [value] if value is not None else []


def _count(raw: Any) -> int:
    """How many values an element should have; a null merely holds the place of one that has only extensions."""
    return sum(item is not None for item in raw) or 1 if raw.__class__ is list else 1


class Record:
    """The fields of an object. Which of them a node can fill is worked out once per set of keys, not per node."""

    __slots__ = ("_for_keys", "fields")

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        self._for_keys = lru_cache(maxsize=1024)(self._fillable)

    def of(self, node: dict[str, Any]) -> tuple[Field, ...]:
        """The fields to read from `node`, in the order of the mapping."""
        return self._for_keys(tuple(node))

    def _fillable(self, keys: tuple[str, ...]) -> tuple[Field, ...]:
        return tuple(
            field
            for field in self.fields
            if not field.keys or field.default is not None or not field.keys.isdisjoint(keys)
        )

    def read(self, node: Any, notes: Notes) -> dict[str, Any] | None:
        """The reader of a nested object; None when none of its fields has a value."""
        if node.__class__ is not dict:
            raise Odd("not an object")
        document = {}
        seen: Seen = {}
        for field in self.of(node):  # `read` in place, as in Mapping.get
            quick = field.quick
            value = UNSURE if quick is None else quick(node, notes, seen)
            if value is UNSURE:
                value = field.thoroughly(node, notes, seen)
            elif value is None:
                value = field.default
            if value is not None:
                document[field.name] = value
        return document or None
