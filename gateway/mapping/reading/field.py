"""Define a field of a mapping, and read its value: path, then type, then code map, then function, then default."""

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
from gateway.mapping.reading.fast_path import UNSURE, FastPath
from gateway.mapping.values import memo
from gateway.mapping.values.lens import Lens, NodeCache, Notes, Reader, Unreadable, prefix_paths

_VALUES_PER_CHECK = 500
"""How many values are read between two checks of the budget."""
WHOLE = "$this"
"""The path that leads to the resource or object itself."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a mapping, or of an object within it.

    line: where the field stands in its file.
    type: the type of the mapping language; `object` for a field with `fields`.
    expression: the compiled path; None for a group, whose fields are read from the same object as the group.
    keys: the JSON keys of which the object needs one for the path to find anything; empty if that cannot be told.
    reader: FHIR type -> its reader, None if the type does not read it.
    lens: the lens of the values, whatever their FHIR type.
    lens_of: FHIR type -> its lens, None if the type does not read it.
    place: where values are written; None for a field that can only be read, and for a group.
    fields: the fields of an object.
    record: the same fields as a Record.
    many: whether the value is a list.
    memoized: whether values are kept by gateway.mapping.values.memo.
    fast_path: see gateway.mapping.reading.fast_path; None if the field has none.
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
    memoized: bool = False
    record: "Record | None" = None
    fast_path: FastPath | None = None

    def read(self, node: dict[str, Any], notes: Notes, cache: NodeCache) -> Any:
        """Read the value for the document, None for no value. All fields that read the same `node` share `cache`.

        Content that even the types do not expect costs this field its value, but never raises: a resource that was
        accepted must not become impossible to store because of its mapping.
        """
        if self.fast_path is not None:
            value = self.fast_path(node, notes, cache)
            if value is not UNSURE:
                return self.default if value is None else value
        return self.read_by_path(node, notes, cache)

    def read_by_path(self, node: dict[str, Any], notes: Notes, cache: NodeCache) -> Any:
        """Read as `read` does, but without the fast path."""
        try:
            values = self._values(node, notes, cache)
            if values and self.function is not None:
                values = self._compute(self.function, values, notes)
        except TooCostly:  # the request ends here: a document must not depend on how much time the request had left
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

    def _values(self, node: dict[str, Any], notes: Notes, cache: NodeCache) -> list[Any]:
        values = []
        for index, (type_, raw) in enumerate(self._find(node, notes, cache)):
            before = len(notes)
            if index % _VALUES_PER_CHECK == _VALUES_PER_CHECK - 1:
                budget.check()
            try:
                value = self.value_of(type_, raw, notes)
            except Unreadable as odd:
                notes.append(("", str(odd)))
                value = None
            if len(notes) > before and self.path != WHOLE:
                prefix_paths(notes, before, f"{self.path}[{index}]" if self.many or self.function else self.path)
            if value is not None:
                values.append(value)
        return values

    def value_of(self, type_: str, raw: Any, notes: Notes) -> Any:
        """Read one value that the path found, None for nothing. Raises Unreadable."""
        reader = self.reader(type_)
        if reader is None:
            raise Unreadable(f"{type_} where {self.type} is due")
        value = memo.read(reader, raw, notes) if self.memoized else reader(raw, notes)
        return value if value is None or self.codes is None else self._translate(self.codes, value)

    def _find(self, node: dict[str, Any], notes: Notes, cache: NodeCache) -> list[tuple[str, Any]]:
        """Return (FHIR type, value) of all that the path finds, evaluated once for all fields with the same path."""
        if self.expression is None:
            return [("", node)]
        matches: list[tuple[str, Any]] | None = cache.get(self.expression)
        if matches is None:
            try:
                matches = cache[self.expression] = self.expression.typed(node)
            except PathError as error:
                notes.append((self.path, error.reason))
                return []
        # If the path is merely the name of an element, its raw value tells whether the path passed over odd content.
        raw = node.get(self.path)
        if raw is not None and (not matches or raw.__class__ is list) and len(matches) < _count(raw):
            notes.append((self.path, "not of the shape its definition gives"))
        return matches

    def _translate(self, codes: CodeMap, value: str) -> Any:
        code = codes.translate(value)
        return self.default if code is None else code

    def _compute(self, function: Function, values: list[Any], notes: Notes) -> list[Any]:
        try:
            value = function.call(values)
        except Unreadable as odd:
            notes.append((self.path, str(odd)))
            return []
        return value or [] if function.many else [value] if value is not None else []


def _count(raw: Any) -> int:
    """Return how many values an element should have; a null only holds the place of an item that has extensions."""
    return sum(item is not None for item in raw) or 1 if raw.__class__ is list else 1


class Record:
    """The fields of an object. Which of them a node can fill is worked out once per set of keys, not per node."""

    __slots__ = ("_for_keys", "fields")

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        self._for_keys = lru_cache(maxsize=1024)(self._fillable)

    def fillable(self, node: dict[str, Any]) -> tuple[Field, ...]:
        """Return the fields that may have a value in `node`, in the order of the mapping."""
        return self._for_keys(tuple(node))

    def _fillable(self, keys: tuple[str, ...]) -> tuple[Field, ...]:
        return tuple(
            field
            for field in self.fields
            if not field.keys or field.default is not None or not field.keys.isdisjoint(keys)
        )

    def read(self, node: Any, notes: Notes) -> dict[str, Any] | None:
        """Read a nested object, None if no field has a value. Raises Unreadable if `node` is not an object."""
        if node.__class__ is not dict:
            raise Unreadable("not an object")
        document = {}
        cache: NodeCache = {}
        for field in self.fillable(
            node
        ):  # Field.read written out here: it saves a call for each field, as in Mapping.get
            fast_path = field.fast_path
            value = UNSURE if fast_path is None else fast_path(node, notes, cache)
            if value is UNSURE:
                value = field.read_by_path(node, notes, cache)
            elif value is None:
                value = field.default
            if value is not None:
                document[field.name] = value
        return document or None
