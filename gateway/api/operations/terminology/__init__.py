"""Answer the operations of the terminology service (https://hl7.org/fhir/R4/terminology-service.html).

`inputs` reads the request, `asked` finds the value set or code system that it is about, and one module for each
operation answers it. The computation is in gateway.fhir.terminology.
"""

from gateway.api.terms.prefetch import for_search
from gateway.api.terms.terminology import terminology_for

__all__ = ["for_search", "terminology_for"]
