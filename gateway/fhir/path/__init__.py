"""FHIRPath N1 over R4 JSON (https://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html).

An expression is compiled once to closures and then applied to plain JSON. One engine serves search parameters,
mappings, views, patches and invariants.
"""

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.expression import Expression, compile  # noqa: A004 - the name of the contract; used as path.compile

__all__ = ["Expression", "PathError", "compile"]
