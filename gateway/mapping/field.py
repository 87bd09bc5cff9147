"""One field of a mapping, and how it reads: path, then type, then code map, then function, then default."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.fhir.path import Expression, PathError
from gateway.mapping.codes import CodeMap
from gateway.mapping.functions import Function
from gateway.mapping.types.shape import Notes, Odd, Reader, join


@dataclass(frozen=True, slots=True)
class Field:
    """`expression` None reads the parent itself (a group). `reader` gives the reader of a FHIR type, if it has one.

    `keys`: unless one of these JSON keys is present, the path cannot find anything and is not evaluated.
    """

    name: str
    path: str
    line: int
    type: str
    expression: Expression | None
    keys: frozenset[str]
    reader: Callable[[str], Reader | None]
    fields: tuple["Field", ...] = ()
    many: bool = False
    codes: CodeMap | None = None
    function: Function | None = None
    default: Any = None
    read_only: bool = False

    def read(self, node: dict[str, Any], notes: Notes) -> Any:
        """The value for the document, None for none. Never raises for what `node` holds."""
        if self.keys and node.keys().isdisjoint(self.keys):
            return self.default
        values = self._values(node, notes)
        if not values:
            return self.default
        if self.function is not None:
            return self._computed(self.function, values, notes)
        if self.many:
            return values
        if len(values) > 1:
            notes.append((self.path, f"{len(values)} values where one is due"))
            return self.default
        return values[0]

    def _values(self, node: dict[str, Any], notes: Notes) -> list[Any]:
        if self.expression is None:
            found = [("", node)]
        else:
            try:
                found = self.expression.typed(node)
            except PathError as error:
                notes.append((self.path, error.reason))
                return []
            if not found and self.expression.text in node:
                notes.append((self.path, "not of the shape its definition gives"))
        values = []
        for index, (type_, raw) in enumerate(found):
            value = self._value(type_, raw, index, notes)
            if value is not None:
                values.append(value)
        return values

    def _value(self, type_: str, raw: Any, index: int, notes: Notes) -> Any:
        before = len(notes)
        try:
            value = self._convert(type_, raw, notes)
        except Odd as odd:
            notes.append(("", str(odd)))
            value = None
        if len(notes) > before:
            here = f"{self.path}[{index}]" if self.many else self.path
            notes[before:] = [(join(here, path), reason) for path, reason in notes[before:]]
        return value

    def _convert(self, type_: str, raw: Any, notes: Notes) -> Any:
        reader = self.reader(type_)
        if reader is None:
            raise Odd(f"{type_} where {self.type} is due")
        value = reader(raw, notes)
        if value is None or self.codes is None:
            return value
        code = self.codes.translate(value)
        return self.default if code is None else code

    def _computed(self, function: Function, values: list[Any], notes: Notes) -> Any:
        try:
            value = function.call(values)
        except Odd as odd:
            notes.append((self.path, str(odd)))
            value = None
        return self.default if value is None else value


def nested(fields: tuple[Field, ...]) -> Reader:
    """The reader of an object with `fields`; None when none of them has a value."""

    def read(node: Any, notes: Notes) -> dict[str, Any] | None:
        if node.__class__ is not dict:
            raise Odd("not an object")
        document = {}
        for field in fields:
            value = field.read(node, notes)
            if value is not None:
                document[field.name] = value
        return document or None

    return read
