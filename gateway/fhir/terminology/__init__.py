"""Tell what a code means, and which codes a value set has (https://hl7.org/fhir/R4/terminology-module.html).

    canonical, reading, syntax -> codesystem, valueset -> grammars, filters, versions, layers, languages
        -> contents, nesting -> expand, membership -> terminology (with table, the definitions of R4)
        -> expansion, lookup, verdicts -> conceptmap, translation

`base()` has the code systems and value sets of R4, and `base().extended(resources)` those of `resources` too.
"""

from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.terminology import MOST, Terminology, base
from gateway.fhir.terminology.valueset import ValueSet

__all__ = ["MOST", "CodeSystem", "Terminology", "ValueSet", "base"]
