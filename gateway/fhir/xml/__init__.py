"""FHIR XML ⇄ the plain values that `gateway.fhir.fhir_json` gives (https://hl7.org/fhir/R4/xml.html).

    layout, prolog -> frame, narrative -> read, write

`parse` is strict: what the schema of R4 forbids is refused, with line and FHIRPath. What a value means is not looked
at: a `birthDate` of "soon" is for the validator. `dump` writes what it is given in the order of the definitions.
"""

from gateway.fhir.xml.read import Misplaced, parse
from gateway.fhir.xml.write import dump

__all__ = ["Misplaced", "dump", "parse"]
