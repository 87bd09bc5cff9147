"""An element whose end tag has not been read yet, and how it becomes a member of the element around it."""

from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.fhir.xml.layout import XmlField, fields

_NONE: dict[str, XmlField] = {}


class OpenElement:
    """An XML element between its start tag and its end tag.

    field: what the definitions say about it, None for a resource.
    kind: primitive, object, or resource for an element such as `contained`, which holds one.
    fields: the children that it may have.
    value: its JSON object; of a primitive the object under `_name`.
    plain: the value of a primitive.
    place, last: the place in the order and the JSON name of its latest child, -1 and "" before the first.
    """

    __slots__ = ("field", "fields", "kind", "last", "place", "plain", "type", "value")

    def __init__(self, field: XmlField | None, type_: str) -> None:
        self.field, self.type = field, type_
        self.kind = field.kind if field else "object"
        self.fields = _NONE if self.kind == "resource" else fields("Element" if self.kind == "primitive" else type_)
        self.value: dict[str, Any] = {} if field else {"resourceType": type_}
        self.plain: Any = None
        self.place, self.last = -1, ""

    def step(self, parent: "OpenElement | None") -> str:
        """Return the FHIRPath step from the element around it to this one, which is not a member of it yet."""
        if self.field is None:
            return "" if parent else self.type
        many = f"[{len(parent.value.get(self.field.key, ()))}]" if parent and self.field.many else ""
        return f".{self.field.path}{many}"

    @property
    def is_empty(self) -> bool:
        """Whether it has neither a value nor children, which FHIR forbids."""
        return self.plain is None and not self.value

    def add(self, child: "OpenElement") -> None:
        """Add a complete child as a member."""
        field, value = child.field, child.value
        if field is None:
            self.value = value
        elif field.kind == "primitive":
            self._add_primitive(field, child.plain, value)
        elif field.many:
            self.value.setdefault(field.key, []).append(value)
        else:
            self.value[field.key] = value

    def _add_primitive(self, field: XmlField, plain: Any, extra: Resource) -> None:
        """Add a value, and its id and extensions to `_name`. A list of these has null for each value without them."""
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
