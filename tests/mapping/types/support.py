"""Read one value by a type of the mapping language, for tests about types."""

from datetime import UTC, datetime
from typing import Any

from gateway.errors import GatewayError
from gateway.mapping.types import TYPES
from gateway.mapping.values.lens import Notes, Origins, Unwritable

UCUM = "http://unitsofmeasure.org"


def read(type_: str, fhir: str, value: Any) -> Any:
    """Read a value that gives no notes."""
    notes: Notes = []
    document = TYPES[type_].lenses[fhir].get(value, notes)
    assert notes == []
    return document


def findings(type_: str, fhir: str, value: Any) -> tuple[Any, Notes]:
    """Read a value, and return it with the notes."""
    notes: Notes = []
    return TYPES[type_].lenses[fhir].get(value, notes), notes


def write(type_: str, fhir: str, value: Any, raw: Any = None) -> Any:
    """Write a value into `raw`."""
    put = TYPES[type_].lenses[fhir].put
    assert put is not None
    return put(value, raw, Origins())


def refusal(type_: str, fhir: str, value: Any, raw: Any = None) -> str:
    """Return `path: reason` of the refusal to write a value."""
    try:
        write(type_, fhir, value, raw)
    except Unwritable as error:
        return f"{error.path}: {error.reason}"
    raise GatewayError("was not refused")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]
