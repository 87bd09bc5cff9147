"""An element that is being read: what it is, what it has so far, and how it becomes a member of the one around it."""

from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.fhir.xml.layout import Field, fields

_NONE: dict[str, Field] = {}


class Frame:
    """`value` is the object; of a primitive it is what JSON has in `_name`, and `plain` its value.

    `place` and `last` are the place and name of the latest child.
    """

    __slots__ = ("field", "fields", "kind", "last", "place", "plain", "type", "value")

    def __init__(self, field: Field | None, type_: str) -> None:
        """`field` is None for a resource, which has no name of its own."""
        self.field, self.type = field, type_
        self.kind = field.kind if field else "object"
        self.fields = _NONE if self.kind == "resource" else fields("Element" if self.kind == "primitive" else type_)
        self.value: dict[str, Any] = {} if field else {"resourceType": type_}
        self.plain: Any = None
        self.place, self.last = -1, ""

    def step(self, parent: "Frame | None") -> str:
        """The FHIRPath step that leads here from the element around it, of which this is not yet a member."""
        if self.field is None:
            return "" if parent else self.type
        many = f"[{len(parent.value.get(self.field.key, ()))}]" if parent and self.field.many else ""
        return f".{self.field.path}{many}"

    @property
    def is_empty(self) -> bool:
        return self.plain is None and not self.value

    def take(self, child: "Frame") -> None:
        """Put a child that is complete where it belongs."""
        field, value = child.field, child.value
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
        if extra and "_" + key not in self.value:
            self.value["_" + key] = [None] * (len(values) - 1)
        if "_" + key in self.value:
            self.value["_" + key].append(extra or None)
