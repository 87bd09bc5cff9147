"""Convert quantities between UCUM units without loss (https://ucum.org/ucum).

All arithmetic is rational, so 1 kg is exactly 1000 g. Only results are rounded, to 28 significant digits.
"""

from decimal import Decimal, localcontext
from fractions import Fraction

from gateway.fhir.ucum import UcumUnit, dimension_code, unit


def _rounded(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = 28
        return Decimal(value.numerator) / Decimal(value.denominator)


def _in_base_units(value: Decimal, source: UcumUnit) -> Fraction:
    # The offset comes first: 0 Cel is (0 + 273.15) K. Only temperatures have one.
    return (Fraction(value) + source.offset) * source.factor


# No measured quantity has more digits. To convert 1E+999999, a million digits would have to be written out.
_MAX_DIGITS = 400


def is_near(value: Decimal) -> bool:
    """Tell whether a number is finite and has at most 400 digits before and after the point."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MAX_DIGITS and value.adjusted() <= _MAX_DIGITS


def exact(value: Decimal, code: str) -> tuple[Fraction, str] | None:
    """Return the same as `canonical`, not rounded: equal quantities have equal results."""
    source = unit(code)
    if source is None or not is_near(value):
        return None
    return _in_base_units(value, source), dimension_code(source.dimension)


def canonical(value: Decimal, code: str) -> tuple[Decimal, str] | None:
    """Return a quantity in base units (g m s K cd C rad), as its value and the code of its unit.

    A unit that only counts (`1`, `%`, `{score}`) has the base unit `1`; an arbitrary unit (`[iU]`) is its own base
    unit. Return None if `code` is not UCUM, and for a value with more than 400 digits before or after the point.
    """
    base = exact(value, code)
    return None if base is None else (_rounded(base[0]), base[1])


def convert(value: Decimal, from_code: str, to_code: str) -> Decimal | None:
    """Convert a value to another unit. Return None if a unit is unknown or the two measure different things."""
    source, target = unit(from_code), unit(to_code)
    if source is None or target is None or source.dimension != target.dimension or not is_near(value):
        return None
    return _rounded(_in_base_units(value, source) / target.factor - target.offset)


def combined(left: Decimal, left_code: str, right: Decimal, right_code: str, sign: str) -> tuple[Decimal, str] | None:
    """Multiply (`sign` is `.`) or divide (`/`) two quantities. Return the result in base units, with the unit's code.

    Return None for an unknown unit, for a unit with a zero of its own (`Cel`), and for a division by zero.
    """
    left_unit, right_unit = unit(left_code), unit(right_code)
    if left_unit is None or right_unit is None or left_unit.offset or right_unit.offset:
        return None
    if not (is_near(left) and is_near(right)) or (sign == "/" and not right):
        return None
    left_base, right_base = _in_base_units(left, left_unit), _in_base_units(right, right_unit)
    result_unit = left_unit.times(right_unit if sign == "." else right_unit.power(-1))
    result = left_base * right_base if sign == "." else left_base / right_base
    return _rounded(result), dimension_code(result_unit.dimension)
