"""Requests that ask for much work at once: large, wide, deep, repeated, or short with an endless expression.

They are what an attacker sends, so most are refused; what counts is how long others wait meanwhile.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.fhir import fhir_json

JSON, XML = "application/fhir+json", "application/fhir+xml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: bytes = b""
    type: str = JSON
    encoding: str = ""
    accept: str = JSON


@dataclass(frozen=True, slots=True)
class Case:
    """`request` makes the request that is measured, `before` what must be stored for it."""

    name: str
    request: Callable[[], Request]
    before: Callable[[], tuple[Request, ...]] = tuple


def names(count: int, id_: str = "wide") -> dict[str, Any]:
    """A Patient with many small names."""
    return {
        "resourceType": "Patient",
        "id": id_,
        "name": [{"family": f"F{n}", "given": ["a", "b"]} for n in range(count)],
    }


def put(resource: dict[str, Any], **options: Any) -> Request:
    return Request("PUT", f"/fhir/{resource['resourceType']}/{resource['id']}", fhir_json.dump(resource), **options)


def small() -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "small", "name": [{"family": "F", "given": ["a"]}], "active": True}


def observation(number: int, padding: int = 0) -> dict[str, Any]:
    coding = {"system": "http://loinc.org", "code": "8867-4"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [coding], "text": "heart rate"},
        "effectiveDateTime": "2026-01-01T00:00:00Z",
        "valueQuantity": {"value": number % 200, "system": "http://unitsofmeasure.org", "code": "/min"},
        **({"note": [{"text": "x" * padding}]} if padding else {}),
    }


def bundle(kind: str, count: int, padding: int = 0) -> bytes:
    request = {"method": "POST", "url": "Observation"}
    entries = [
        {"fullUrl": f"urn:uuid:{n:032x}", "resource": observation(n, padding), "request": request} for n in range(count)
    ]
    return fhir_json.dump({"resourceType": "Bundle", "type": kind, "entry": entries})


def path_patch(*operations: tuple[str, str, dict[str, Any]]) -> bytes:
    """(type, path, further parts) as a FHIRPath patch."""
    listed = []
    for type_, path, more in operations:
        parts = [{"name": "type", "valueCode": type_}, {"name": "path", "valueString": path}]
        parts += [{"name": name, key: value} for name, (key, value) in more.items()]
        listed.append({"name": "operation", "part": parts})
    return fhir_json.dump({"resourceType": "Parameters", "parameter": listed})


def replacing(count: int, path: str = "Patient.name[0].family") -> bytes:
    value = {"value": ("valueString", "new")}
    return path_patch(*[("replace", path, value)] * count)


def view(*selects: dict[str, Any], resource: str = "Patient", where: str = "") -> dict[str, Any]:
    view: dict[str, Any] = {"resourceType": "ViewDefinition", "resource": resource, "select": list(selects)}
    return {**view, "where": [{"path": where}]} if where else view


def run_view(definition: dict[str, Any], *resources: dict[str, Any], format_: str = "ndjson") -> Request:
    parameters = [{"name": "viewResource", "resource": definition}]
    parameters += [{"name": "resource", "resource": resource} for resource in resources]
    body = fhir_json.dump({"resourceType": "Parameters", "parameter": parameters})
    return Request("POST", f"/fhir/$viewdefinition-run?_format={format_}", body)


def column(name: str, path: str) -> dict[str, Any]:
    return {"column": [{"name": name, "path": path}]}


def each(path: str, *columns: tuple[str, str]) -> dict[str, Any]:
    return {"forEach": path, "column": [{"name": name, "path": inner} for name, inner in columns]}


def value_set(count: int) -> dict[str, Any]:
    concepts = [{"code": f"c{n}", "display": f"concept {n}"} for n in range(count)]
    include = [{"system": "http://example.org/codes", "concept": concepts}]
    return {
        "resourceType": "ValueSet",
        "id": "large",
        "url": "http://example.org/set",
        "status": "active",
        "compose": {"include": include},
    }


def code_system(count: int) -> dict[str, Any]:
    """A tree: each concept lies below the one of half its number."""
    concepts = [{"code": f"c{n}", "display": f"concept {n}"} for n in range(count)]
    for number in range(count - 1, 0, -1):
        concepts[(number - 1) // 2].setdefault("concept", []).insert(0, concepts[number])  # type: ignore[union-attr,call-overload]
    return {
        "resourceType": "CodeSystem",
        "id": "tree",
        "url": "http://example.org/tree",
        "status": "active",
        "content": "complete",
        "concept": concepts[:1],
    }


def nested(levels: int, width: int) -> dict[str, Any]:
    """A Questionnaire whose items hold items."""
    item: list[dict[str, Any]] = []
    for level in range(levels):
        item = [{"linkId": f"{level}-{n}", "type": "group", **({"item": item} if item else {})} for n in range(width)]
    return {"resourceType": "Questionnaire", "id": "deep", "status": "active", "item": item}


def questionnaire(count: int) -> dict[str, Any]:
    items = [{"linkId": str(n), "text": "question", "type": "string"} for n in range(count)]
    return {"resourceType": "Questionnaire", "id": "flat", "status": "active", "item": items}


def narrative(inside: str) -> dict[str, Any]:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'
    return {**small(), "id": "told", "text": {"status": "generated", "div": div}}


def xml_patient(inside: str) -> bytes:
    return f'<Patient xmlns="http://hl7.org/fhir"><id value="x"/>{inside}</Patient>'.encode()


def xml_narrative(inside: str) -> bytes:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'
    return xml_patient(f'<text><status value="generated"/>{div}</text>')


def json_tests(count: int) -> bytes:
    return fhir_json.dump([{"op": "test", "path": "/active", "value": True}] * count)


def shuffled(count: int) -> dict[str, Any]:
    """The same content as `names`, its members in another order."""
    resource = names(count)
    return {**resource, "name": [dict(reversed(name.items())) for name in resource["name"]]}


def signs(count: int) -> str:
    rng = random.Random(1)
    return "".join(chr(rng.choice((0x41, 0x0301, 0x0316, 0xAC00, 0x1E9E))) for _ in range(count))


WIDE = 200_000
"""Names of the large Patient: 8.5 MB."""


def stored_wide() -> tuple[Request, ...]:
    return (put(names(60_000)),)


def stored_small() -> tuple[Request, ...]:
    return (put(small()),)


def patched(body: bytes, id_: str = "wide", type_: str = JSON) -> Request:
    return Request("PATCH", f"/fhir/Patient/{id_}", body, type_)


def stored_observations() -> tuple[Request, ...]:
    return tuple(Request("POST", "/fhir", bundle("transaction", 500, 8_000)) for _ in range(4))
