"""Observations in one line."""

from decimal import Decimal
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.mapping.quality.preferred import AS_SENT, Codes
from gateway.mapping.types import TYPES
from gateway.mapping.values.lens import Notes

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"


def concept(*codes: str, system: str = LOINC) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def quantity(number: str, code: str | None = None, unit: str | None = None, system: str = UCUM) -> dict[str, Any]:
    made: dict[str, Any] = {"value": Decimal(number)}
    if unit is not None:
        made["unit"] = unit
    if code is not None:
        made |= {"system": system, "code": code}
    return made


def observation(loinc: str, number: str, code: str | None = None, **more: Any) -> Resource:
    return {"resourceType": "Observation", "code": concept(loinc), "valueQuantity": quantity(number, code), **more}


def read(type_: str, node: Any, resource: str = "Observation") -> tuple[Any, list[str]]:
    """What a type makes of a node, and the rules that applied."""
    notes: Notes = []
    value = TYPES[type_].lenses[resource].get(node, notes)
    return value, [note[1] for note in notes]


__all__ = ["AS_SENT", "LOINC", "UCUM", "Codes", "concept", "observation", "quantity", "read"]
