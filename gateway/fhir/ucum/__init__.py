"""Read UCUM units: a table of atoms and a grammar of expressions (https://ucum.org/ucum)."""

from gateway.fhir.ucum.grammar import unit
from gateway.fhir.ucum.unit import Unit, dimension_code

__all__ = ["Unit", "dimension_code", "unit"]
