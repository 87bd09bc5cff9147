"""Answer questions about code systems, value sets and concept maps (https://hl7.org/fhir/R4/terminology-module.html).
No I/O.

The modules, each built on those above it:

- canonical, reading, syntax: addresses, elements of unchecked resources, forms of codes
- codesystem, valueset, conceptmap: the resources as models
- grammars, filters, versions, layers, languages: parts of their meaning
- contents, nesting, expand, membership: which codes a value set has
- terminology (with table, the definitions of R4): everything that is known
- expansion, lookup, verdicts, translation: the answers of operations

`base()` knows what R4 defines. `base().extended(resources)` knows these resources, too.
"""

from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.terminology import MOST, Terminology, base
from gateway.fhir.terminology.valueset import ValueSet

__all__ = ["MOST", "CodeSystem", "Terminology", "ValueSet", "base"]
