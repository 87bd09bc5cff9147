"""Parse and write FHIR XML (https://hl7.org/fhir/R4/xml.html). The values are those of `gateway.fhir.fhir_json`.

    layout, prolog -> open_element, narrative -> read, write

`parse` is strict: it refuses what the schema of R4 forbids, with line and FHIRPath. It does not check values: a
`birthDate` of "soon" is left to the validator. `dump` writes elements in the order of the definitions.
"""

from gateway.fhir.xml.read import Misplaced, parse
from gateway.fhir.xml.write import dump

__all__ = ["Misplaced", "dump", "parse"]
