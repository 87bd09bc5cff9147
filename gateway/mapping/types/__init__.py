"""List the types of the mapping language: what a FHIR value becomes in a document. This table is closed.

A type names the FHIR types that it reads. A mapping whose path yields any other type is refused when it is loaded.
FHIR's general-purpose data types (https://hl7.org/fhir/R4/datatypes.html) are types here. Elements that only one
resource has (`Patient.contact`) are written out as nested fields in the mapping.
"""

from gateway.mapping.types import (
    absent_reasons,
    annotations,
    attachments,
    codings,
    observation_views,
    people,
    person_views,
    quantities,
    references,
    suspect_dates,
    times,
    timings,
    value_x,
)
from gateway.mapping.values import primitives
from gateway.mapping.values.lens import Type

TYPES: dict[str, Type] = {
    type_.name: type_
    for module in (
        primitives,
        times,
        codings,
        references,
        quantities,
        people,
        annotations,
        attachments,
        timings,
        value_x,
        observation_views,
        person_views,
        suspect_dates,
        absent_reasons,
    )
    for type_ in module.TYPES
}
