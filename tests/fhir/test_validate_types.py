"""All 146 resource types, filled from the definitions: each element is accepted, and missed where it is required."""

from typing import Any

import pytest

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import validate

SAMPLES: dict[str, Any] = {
    "base64Binary": "QUJD",
    "boolean": True,
    "date": "2020-01-31",
    "dateTime": "2020-01-31",
    "decimal": 1,
    "instant": "2020-01-31T09:30:00Z",
    "integer": 1,
    "oid": "urn:oid:1.2.3",
    "positiveInt": 1,
    "time": "09:30:00",
    "unsignedInt": 1,
    "uuid": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    "xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
}
FORMED = {
    "http://hl7.org/fhir/ValueSet/mimetypes": "text/plain",
    "http://www.rfc-editor.org/bcp/bcp13.txt": "text/plain",
    "http://hl7.org/fhir/ValueSet/currencies": "EUR",
    "http://hl7.org/fhir/ValueSet/all-languages": "en-US",
}
EXTENSION = {"url": "http://x.org/e", "valueString": "x"}
BASIC = {"resourceType": "Basic", "code": {"text": "x"}}


def filled(type_: str, form: int, depth: int) -> dict[str, Any]:
    """Every element of `type_`, optional ones to `depth` levels; choices in their form number `form`."""
    value: dict[str, Any] = {}
    for name, element in r4.types()[type_].elements.items():
        if name in ("contained", "modifierExtension") or element.max == "0" or (depth <= 0 and not element.min):
            continue
        code = element.types[form % len(element.types)]
        key = name + code[0].upper() + code[1:] if element.choice else name
        sample = one(name, code, element, form, depth - 1)
        value[key] = [sample] if element.many else sample
    return value or {"extension": [EXTENSION]}


def one(name: str, code: str, element: r4.Element, form: int, depth: int) -> Any:
    kind = r4.types()[code].kind
    bound = element.required is not None and r4.codes()[element.required] is not None
    if element.required in FORMED:
        return FORMED[element.required]
    if kind == "primitive":
        return coding(element)["code"] if bound else SAMPLES.get(code, "x")
    if code == "Extension" or kind == "resource":
        return EXTENSION if code == "Extension" else BASIC
    if code == "Reference":
        return {"reference": f"{element.targets[0]}/1"} if element.targets else {"display": "x"}
    return filled(code, form, depth) | ({"coding": [coding(element)]} if bound else {})


def coding(element: r4.Element) -> dict[str, str]:
    systems = r4.codes()[element.required or ""] or {}
    system, codes = next(iter(systems.items()))
    return {"system": system, "code": min(codes)}


@pytest.mark.parametrize("type_", sorted(r4.resource_types()))
def test_every_element_of_every_type_is_accepted(type_: str) -> None:
    for form in range(50):
        resource: Resource = {"resourceType": type_, **filled(type_, form, 3)}
        found = [issue for issue in validate(resource) if issue.code != "invariant"]
        assert found == []


@pytest.mark.parametrize("type_", sorted(r4.resource_types()))
def test_every_required_element_of_every_type_is_missed(type_: str) -> None:
    required = {f"{type_}.{name}" for name, element in r4.types()[type_].elements.items() if element.min}
    missed = {i.expression for i in validate({"resourceType": type_, "id": "x"}) if i.code == "required"}
    assert missed == required
