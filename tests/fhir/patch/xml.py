"""FHIR XML -> JSON, as far as the patch suite needs it (https://hl7.org/fhir/R4/json.html#xml)."""

from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, tostring

from gateway.fhir import r4
from gateway.fhir.path.type_model import JsonField, fields

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def resource(xml: Element) -> dict[str, Any]:
    name = xml.tag.removeprefix(FHIR)
    return {"resourceType": name, **_complex(xml, name)}


def _complex(xml: Element, type_: str) -> dict[str, Any]:
    json: dict[str, Any] = {key: value for key, value in xml.attrib.items() if key in ("id", "url")}
    for child in xml:
        name = child.tag.removeprefix(FHIR).removeprefix(XHTML)
        element, field = _member(type_, name)
        value, extra = _value(child, field)
        for key, item in ((name, value), ("_" + name, extra)):
            if item is not None and element.many:
                json.setdefault(key, []).append(item)
            elif item is not None:
                json[key] = item
    return json


def _member(type_: str, key: str) -> tuple[r4.Element, JsonField]:
    for name, element in r4.types()[type_].elements.items():
        for field in fields(type_, name):
            if field.key == key:
                return element, field
    raise AssertionError(f"{type_} has no {key}")


def _value(xml: Element, field: JsonField) -> tuple[Any, Any]:
    if field.type == "xhtml":
        return tostring(xml, encoding="unicode").strip(), None
    if not field.primitive:
        return _complex(xml, field.type), None
    return _primitive(xml.get("value"), field), _complex(xml, field.type) or None


def _primitive(text: str | None, field: JsonField) -> Any:
    if text is None or str in field.shapes:
        return text
    return text == "true" if bool in field.shapes else Decimal(text) if Decimal in field.shapes else int(text)
