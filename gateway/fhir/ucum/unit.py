"""A UCUM unit as a factor and exponents of base units."""

from dataclasses import dataclass
from fractions import Fraction

Dimension = tuple[tuple[str, int], ...]  # (base symbol, exponent ≠ 0), sorted by symbol


@dataclass(frozen=True, slots=True)
class UcumUnit:
    """A unit. A value x in this unit is (x + offset) * factor in base units.

    dimension: the exponents of the base units, () for a pure number.
    offset: only of temperatures (Cel, [degF]), 0 for all other units.
    """

    factor: Fraction
    dimension: Dimension = ()
    offset: Fraction = Fraction(0)

    def times(self, other: "UcumUnit") -> "UcumUnit":
        """Return the product of two units without offsets."""
        exponents = dict(self.dimension)
        for symbol, exponent in other.dimension:
            exponents[symbol] = exponents.get(symbol, 0) + exponent
        return UcumUnit(self.factor * other.factor, tuple(sorted((s, e) for s, e in exponents.items() if e)))

    def power(self, exponent: int) -> "UcumUnit":
        """Return a power of a unit without an offset."""
        if exponent == 0:
            return UcumUnit(Fraction(1))
        return UcumUnit(self.factor**exponent, tuple((symbol, e * exponent) for symbol, e in self.dimension))


def dimension_code(dimension: Dimension) -> str:
    """Write a dimension as UCUM: `g.m-1.s-2`, or `1` for a pure number."""
    return ".".join(symbol if exponent == 1 else f"{symbol}{exponent}" for symbol, exponent in dimension) or "1"
