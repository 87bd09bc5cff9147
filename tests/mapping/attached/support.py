"""Edits by the shipped mappings, as an editor makes them: some fields of the document changed, all others sent back."""

from functools import cache
from pathlib import Path
from typing import Any

from gateway.errors import Invalid
from gateway.mapping import Mappings
from gateway.mapping.attached import EditedResource
from gateway.mapping.mapping import Mapping
from gateway.mapping.values.edits import plain

H = "http://hl7.org/fhir/StructureDefinition/"
UCUM = "http://unitsofmeasure.org"
UNKNOWN = {"url": "urn:vendor:colour", "valueCode": "red"}


@cache
def mappings() -> Mappings:
    return Mappings.load(Path(__file__).parents[3] / "mappings")


def extension(name: str, **value: Any) -> dict[str, Any]:
    return {"url": name if ":" in name else H + name, **value}


def absent(code: str = "unknown") -> dict[str, Any]:
    return extension("data-absent-reason", valueCode=code)


def german(text: str) -> dict[str, Any]:
    parts = [{"url": "lang", "valueCode": "de"}, {"url": "content", "valueString": text}]
    return {"url": H + "translation", "extension": parts}


def edit(resource: dict[str, Any], mapping: Mapping | None = None, **changes: Any) -> EditedResource:
    """The document of the resource with `changes` made (None takes a field out), written back."""
    used = mapping or mappings().by_type[resource["resourceType"]]
    document = plain(used.get(resource).document) | changes
    return used.edit({name: value for name, value in document.items() if value is not None}, resource)


def shown(resource: dict[str, Any], field: str) -> Any:
    return plain(mappings().by_type[resource["resourceType"]].get(resource).document)[field]


def refused(resource: dict[str, Any], **changes: Any) -> str:
    """The path of the refusal."""
    try:
        edit(resource, **changes)
    except Invalid as error:
        return error.issues[0].expression
    return ""
