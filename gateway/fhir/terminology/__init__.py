"""Code systems and value sets: what a code means, and which codes a value set has
(https://hl7.org/fhir/R4/terminology-module.html). No I/O.

    canonical, reading, syntax -> codesystem, valueset -> grammars, filters, versions, layers, languages
        -> contents, nesting -> expand, membership -> terminology (with table, the definitions of R4)
        -> expansion, lookup, verdicts -> conceptmap, translation

`base()` knows what R4 defines; `base().extended(resources)` knows more.
"""

from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.terminology import MOST, Terminology, base
from gateway.fhir.terminology.valueset import ValueSet

__all__ = ["MOST", "CodeSystem", "Terminology", "ValueSet", "base"]
