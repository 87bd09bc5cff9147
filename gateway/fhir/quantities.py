"""Quantities in UCUM (https://ucum.org/ucum): bring two units together, exactly.

All arithmetic is rational, so 1 kg is 1000 g to the last digit; only results are rounded, to 28 significant digits.
"""

from decimal import Decimal, localcontext
from fractions import Fraction

from gateway.fhir.ucum import UcumUnit, dimension_code, unit


def _decimal(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = 28
        return Decimal(value.numerator) / Decimal(value.denominator)


def _base(value: Decimal, found: UcumUnit) -> Fraction:
    return (Fraction(value) + found.offset) * found.factor


# No measured quantity lies beyond; a number like 1E+999999 would otherwise be written out in full to be converted.
_FAR = 400


def is_near(value: Decimal) -> bool:
    """Whether the number is finite, with no more than 400 digits before or after the point."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_FAR and value.adjusted() <= _FAR


def exact(value: Decimal, code: str) -> tuple[Fraction, str] | None:
    """As `canonical`, not rounded: equal quantities have equal results."""
    found = unit(code)
    if found is None or not is_near(value):
        return None
    return _base(value, found), dimension_code(found.dimension)


def canonical(value: Decimal, code: str) -> tuple[Decimal, str] | None:
    """`value` in base units (g m s K cd C rad), with their code; None when `code` is not UCUM.

    A unit that only counts (`1`, `%`, `{score}`) has the base code `1`, arbitrary units (`[iU]`) keep their own.
    None too for a value with more than 400 digits before or after the point.
    """
    found = exact(value, code)
    return None if found is None else (_decimal(found[0]), found[1])


def convert(value: Decimal, from_code: str, to_code: str) -> Decimal | None:
    """`value` in another unit; None when one is unknown or they measure different things."""
    source, target = unit(from_code), unit(to_code)
    if source is None or target is None or source.dimension != target.dimension or not is_near(value):
        return None
    return _decimal(_base(value, source) / target.factor - target.offset)


def combined(left: Decimal, left_code: str, right: Decimal, right_code: str, sign: str) -> tuple[Decimal, str] | None:
    """Product (`sign` is `.`) or quotient (`/`) in base units; None for unknown units or those with their own zero."""
    a, b = unit(left_code), unit(right_code)
    if a is None or b is None or a.offset or b.offset or not (is_near(left) and is_near(right)):
        return None
    if sign == "/" and not right:
        return None
    x, y = _base(left, a), _base(right, b)
    result = a.times(b) if sign == "." else a.times(b.power(-1))
    return _decimal(x * y if sign == "." else x / y), dimension_code(result.dimension)
