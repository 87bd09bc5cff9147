"""The types of the mapping language: what a value becomes in a document. One table, closed.

A type names the FHIR types it reads; anything else a path may yield is refused when the mapping is loaded. FHIR's
general-purpose data types (https://hl7.org/fhir/R4/datatypes.html) are types here; elements that only one resource
has (`Patient.contact`) are written out as nested fields in the mapping.
"""

from gateway.mapping.types import (
    absent,
    clinical,
    coded,
    documents,
    notes,
    people,
    persons,
    plausible,
    quantities,
    references,
    times,
    timings,
    values,
)
from gateway.mapping.values import primitives
from gateway.mapping.values.shape import Lens, Notes, Odd, Reader, Type, Unwritable

TYPES: dict[str, Type] = {
    type_.name: type_
    for module in (
        primitives,
        times,
        coded,
        references,
        quantities,
        people,
        notes,
        documents,
        timings,
        values,
        clinical,
        persons,
        plausible,
        absent,
    )
    for type_ in module.TYPES
}

__all__ = ["TYPES", "Lens", "Notes", "Odd", "Reader", "Type", "Unwritable"]
