"""Write a resource as XML, its elements in the order of the definitions.

`read.parse` gives a valid resource back unchanged. An invalid resource, which a lenient gateway may have stored, loses
what XML cannot express: unknown elements, values of a wrong kind, empty objects and texts.
"""

from decimal import Decimal
from typing import Any

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.xml.layout import FHIR, XmlField, attributes, fields
from gateway.fhir.xml.narrative import escaped, insertable

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def dump(resource: Resource, *, pretty: bool = False) -> bytes:
    """Write a resource as UTF-8 XML; with `pretty` on indented lines. Raises KeyError without a resource type of R4."""
    out = [_HEAD if pretty else _HEAD + "\n"]
    _Writer(out, pretty).resource(resource, 0, f' xmlns="{FHIR}"')
    return "".join(out).encode("utf-8", "replace")


class _Writer:
    def __init__(self, out: list[str], pretty: bool) -> None:
        self._out, self._pretty = out, pretty

    def _margin(self, level: int) -> str:
        return "\n" + "  " * level if self._pretty else ""

    def resource(self, value: Resource, level: int, given: str = "") -> None:
        """Write a resource, even an empty one: its element has the resource type. `given` are its attributes."""
        type_ = value["resourceType"]
        self._element(type_, given, value, fields(type_), level, always=True)

    def _element(
        self, name: str, given: str, value: Resource, known: dict[str, XmlField], level: int, *, always: bool = False
    ) -> None:
        """Write an element with the attributes `given`. It is left out if it has nothing, unless `always`."""
        start = len(self._out)
        self._out.append("")
        self._children(value, known, level + 1)
        if len(self._out) > start + 1:
            self._out[start] = f"{self._margin(level)}<{name}{given}>"
            self._out.append(f"{self._margin(level)}</{name}>")
        elif given or always:
            self._out[start] = f"{self._margin(level)}<{name}{given}/>"
        else:
            self._out.pop()

    def _children(self, value: Resource, known: dict[str, XmlField], level: int) -> None:
        present = {field.key: field for key in value if (field := known.get(key.removeprefix("_"))) is not None}
        for field in sorted(present.values(), key=_place):
            plain, extra = value.get(field.key), value.get("_" + field.key)
            if field.kind == "primitive":
                self._primitives(field, plain, extra, level)
                continue
            for item in plain if isinstance(plain, list) else (plain,):
                self._child(field, item, level)

    def _child(self, field: XmlField, item: Any, level: int) -> None:
        if field.kind == "xhtml":
            if isinstance(item, str) and item.strip():
                self._out.append(self._margin(level) + insertable(item))
        elif not isinstance(item, dict):
            return
        elif field.kind == "object":
            given = "".join(_attribute(name, item.get(name)) for name in attributes(field.type))
            self._element(field.key, given, item, fields(field.type), level)
        elif isinstance(type_ := item.get("resourceType"), str) and type_ in r4.resource_types():
            self._out.append(f"{self._margin(level)}<{field.key}>")
            self.resource(item, level + 1)
            self._out.append(f"{self._margin(level)}</{field.key}>")

    def _primitives(self, field: XmlField, plain: Any, extra: Any, level: int) -> None:
        values = plain if isinstance(plain, list) else [plain]
        extras = extra if isinstance(extra, list) else [extra]
        known = fields("Element")
        for index in range(max(len(values), len(extras))):
            value = values[index] if index < len(values) else None
            beside = extras[index] if index < len(extras) else None
            beside = beside if isinstance(beside, dict) else {}
            given = _attribute("id", beside.get("id")) + _attribute("value", value)
            self._element(field.key, given, beside, known, level)


def _place(field: XmlField) -> int:
    return field.place


def _attribute(name: str, value: Any) -> str:
    """Return ` name="value"`, "" for a value that is not a text, boolean or number."""
    match value:
        case str():
            return f' {name}="{escaped(value)}"' if value else ""
        case bool():
            return f' {name}="{"true" if value else "false"}"'
        case int() | Decimal():
            return f' {name}="{value}"'
    return ""
