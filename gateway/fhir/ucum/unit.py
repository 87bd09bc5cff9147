"""A unit as a factor to base units and the exponents of those."""

from dataclasses import dataclass
from fractions import Fraction

Dimension = tuple[tuple[str, int], ...]  # (base symbol, exponent ≠ 0), sorted by symbol


@dataclass(frozen=True, slots=True)
class UcumUnit:
    """x units are (x + offset) * factor base units; only special units (Cel, [degF]) have an offset."""

    factor: Fraction
    dimension: Dimension = ()
    offset: Fraction = Fraction(0)

    def times(self, other: "UcumUnit") -> "UcumUnit":
        exponents = dict(self.dimension)
        for symbol, exponent in other.dimension:
            exponents[symbol] = exponents.get(symbol, 0) + exponent
        return UcumUnit(self.factor * other.factor, tuple(sorted((s, e) for s, e in exponents.items() if e)))

    def power(self, exponent: int) -> "UcumUnit":
        if exponent == 0:
            return UcumUnit(Fraction(1))
        return UcumUnit(self.factor**exponent, tuple((symbol, e * exponent) for symbol, e in self.dimension))


def dimension_code(dimension: Dimension) -> str:
    """As UCUM: `g.m-1.s-2`, `1` for a pure number."""
    return ".".join(symbol if exponent == 1 else f"{symbol}{exponent}" for symbol, exponent in dimension) or "1"
