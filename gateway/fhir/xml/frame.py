"""An element that is being read: what it is, what it has so far, and how it becomes a member of the one around it."""

from typing import Any

from gateway.fhir.json import Resource
from gateway.fhir.xml.layout import Field, fields

_NONE: dict[str, Field] = {}


class Frame:
    """`value` is the object; of a primitive it is what JSON has in `_name`, and `plain` its value.

    `place` and `last` are the place and name of the latest child.
    """

    __slots__ = ("_null", "field", "fields", "kind", "last", "place", "plain", "type", "value")

    def __init__(self, field: Field) -> None:
        self.field: Field | None = field
        self.kind, self.type = field.kind, field.type
        self.fields = (
            fields("Element" if self.kind == "primitive" else field.type) if self.kind != "resource" else _NONE
        )
        self.value: dict[str, Any] = {}
        self.plain: Any = None
        self.place, self.last = -1, ""
        self._null: set[str] | None = None

    @classmethod
    def of_resource(cls, type_: str) -> "Frame":
        frame = cls.__new__(cls)
        frame.field, frame.kind, frame.type = None, "object", type_
        frame.fields, frame.value, frame.plain = fields(type_), {"resourceType": type_}, None
        frame.place, frame.last, frame._null = -1, "", None
        return frame

    def step(self, parent: "Frame | None") -> str:
        """The FHIRPath step that leads here from the element around it, of which this is not yet a member."""
        if self.field is None:
            return "" if parent else self.type
        many = f"[{len(parent.value.get(self.field.key, ()))}]" if parent and self.field.many else ""
        return f".{self.field.path}{many}"

    @property
    def is_empty(self) -> bool:
        return self.plain is None and not self.value

    def finished(self) -> Resource:
        """The object; where a list of primitives has extensions only, JSON has `_name` only."""
        for key in self._null or ():
            if all(item is None for item in self.value[key]):
                del self.value[key]
        return self.value

    def take(self, child: "Frame") -> None:
        """Put a child that is complete where it belongs."""
        field, value = child.field, child.finished()
        if field is None:
            self.value = value
        elif field.kind == "primitive":
            self._take_primitive(field, child.plain, value)
        elif field.many:
            self.value.setdefault(field.key, []).append(value)
        else:
            self.value[field.key] = value

    def _take_primitive(self, field: Field, plain: Any, extra: Resource) -> None:
        key = field.key
        if not field.many:
            if plain is not None:
                self.value[key] = plain
            if extra:
                self.value["_" + key] = extra
            return
        values = self.value.setdefault(key, [])
        values.append(plain)
        if plain is None:
            self._null = (self._null or set()) | {key}
        if extra and "_" + key not in self.value:
            self.value["_" + key] = [None] * (len(values) - 1)
        if "_" + key in self.value:
            self.value["_" + key].append(extra or None)
