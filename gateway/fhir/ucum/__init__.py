"""UCUM units: the table of atoms and the grammar of expressions (https://ucum.org/ucum)."""

from gateway.fhir.ucum.grammar import unit
from gateway.fhir.ucum.unit import UcumUnit, dimension_code

__all__ = ["UcumUnit", "dimension_code", "unit"]
