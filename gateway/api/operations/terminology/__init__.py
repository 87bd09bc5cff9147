"""Terminology over HTTP (https://hl7.org/fhir/R4/terminology-service.html): the operations, and what search needs.

    known -> prefetch
    inputs, known -> asked -> expand, lookup, validate_code, subsumes; translate; statement

`known` fetches what is stored; everything is then computed in gateway.fhir.terminology.
"""

from gateway.api.terms.prefetch import for_search
from gateway.api.terms.terminology import terminology_for

__all__ = ["for_search", "terminology_for"]
