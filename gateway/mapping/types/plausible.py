"""Dates of a resource that cannot be, whichever resource it is (read-only; docs/explanation/data-quality.md)."""

from typing import Any

from gateway.fhir import r4
from gateway.mapping.quality import times
from gateway.mapping.values.shape import Lens, Notes, Odd, Reader, Type


def _check(resource: str) -> Reader:
    suspect = times.suspect(resource)

    def read(value: Any, notes: Notes) -> list[str] | None:
        """The elements with a suspect date; nothing where all are as they can be."""
        if value.__class__ is not dict:
            raise Odd("not an object")
        return suspect(value, notes) or None

    return read


TYPES = (
    Type(
        "suspect_dates",
        {name: Lens(_check(name), leaf="text", several=True) for name in sorted(r4.resource_types())},
    ),
)
