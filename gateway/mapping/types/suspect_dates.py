"""List the elements of a resource whose dates are impossible, for every resource type (read-only;
docs/explanation/data-quality.md)."""

from typing import Any

from gateway.fhir import r4
from gateway.mapping.quality import dates
from gateway.mapping.values.lens import Lens, Notes, Reader, Type, Unreadable


def _check(resource: str) -> Reader:
    """Return the reader for one resource type: it reads the paths of the elements, None if all dates are possible."""
    suspect = dates.date_check(resource)

    def read(value: Any, notes: Notes) -> list[str] | None:
        if value.__class__ is not dict:
            raise Unreadable("not an object")
        return suspect(value, notes) or None

    return read


TYPES = (
    Type(
        "suspect_dates",
        {name: Lens(_check(name), leaf="text", several=True) for name in sorted(r4.resource_types())},
    ),
)
