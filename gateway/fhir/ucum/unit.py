"""Represent a unit as a factor to base units and their exponents."""

from dataclasses import dataclass
from fractions import Fraction

Dimension = tuple[tuple[str, int], ...]  # (base symbol, exponent ≠ 0), sorted by symbol


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: x units are (x + offset) * factor base units. Only special units (Cel, [degF]) have an offset."""

    factor: Fraction
    dimension: Dimension = ()
    offset: Fraction = Fraction(0)

    def times(self, other: "Unit") -> "Unit":
        exponents = dict(self.dimension)
        for symbol, exponent in other.dimension:
            exponents[symbol] = exponents.get(symbol, 0) + exponent
        return Unit(self.factor * other.factor, tuple(sorted((s, e) for s, e in exponents.items() if e)))

    def power(self, exponent: int) -> "Unit":
        if exponent == 0:
            return Unit(Fraction(1))
        return Unit(self.factor**exponent, tuple((symbol, e * exponent) for symbol, e in self.dimension))


def dimension_code(dimension: Dimension) -> str:
    """Return a dimension as UCUM: `g.m-1.s-2`, `1` for a pure number."""
    return ".".join(symbol if exponent == 1 else f"{symbol}{exponent}" for symbol, exponent in dimension) or "1"
