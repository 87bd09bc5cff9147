"""Compare, convert and compute with FHIR Quantities inside expressions (https://hl7.org/fhirpath/N1/#quantity).

Calendar durations up to a week are equal to their UCUM units. A calendar year or month is never comparable with the
UCUM units `a` and `mo`, which are mean lengths.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gateway.fhir import quantities
from gateway.fhir.path.values import CALENDAR, UCUM, quantity

Quantity = dict[str, Any]
Number = Decimal | Fraction


def unit(measure: Quantity) -> str | None:
    """Return the unit: a UCUM code, a calendar word in the singular, or `system|code` of another system.

    Return None for a system without a code.
    """
    code, system, shown = (_word(measure.get(name)) for name in ("code", "system", "unit"))
    if code is not None and system in (None, UCUM):
        return code
    if system is not None:
        return f"{system}|{code}" if code else None
    if shown is None:
        return "1"
    definite = CALENDAR.get(shown)
    return definite or shown.removesuffix("s") if shown in CALENDAR else shown


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def with_value(measure: Quantity, change: Callable[[Decimal], Decimal | None]) -> Quantity | None:
    """Return the quantity with `change(value)` as its value, None if either value is missing."""
    value = number(measure)
    changed = None if value is None else change(value)
    return None if changed is None else {**measure, "value": changed}


def number(measure: Quantity) -> Decimal | None:
    """Return the value of a quantity, None if it is not a number."""
    value = measure.get("value")
    if value.__class__ is float:
        return Decimal(repr(value))
    return Decimal(value) if value.__class__ in (int, Decimal) else None


def pair(left: Quantity, right: Quantity) -> tuple[Number, Number] | None:
    """Return both values in one unit, None if the units do not convert or a value is missing."""
    a, b, from_unit, to_unit = number(left), number(right), unit(left), unit(right)
    if a is None or b is None or from_unit is None or to_unit is None:
        return None
    if from_unit == to_unit:
        return a, b
    if "year" in (from_unit, to_unit) or "month" in (from_unit, to_unit):
        return _calendar(a, from_unit, b, to_unit)
    x, y = quantities.exact(a, from_unit), quantities.exact(b, to_unit)
    return (x[0], y[0]) if x and y and x[1] == y[1] else None


_MONTHS = {"year": 12, "month": 1}


def _calendar(a: Decimal, from_unit: str, b: Decimal, to_unit: str) -> tuple[Decimal, Decimal] | None:
    if from_unit in _MONTHS and to_unit in _MONTHS:
        return a * _MONTHS[from_unit], b * _MONTHS[to_unit]
    return None


def key(measure: Quantity) -> tuple[Any, Any, str] | None:
    """Return a key that two quantities share exactly if same_quantity() is True for them.

    Return None if the quantity has no value or unit: then only its JSON can be compared.
    """
    value, code = number(measure), unit(measure)
    if value is None or code is None:
        return None
    if code in _MONTHS:
        return measure.get("comparator"), value * _MONTHS[code], "month"
    return measure.get("comparator"), *(quantities.exact(value, code) or (value, code))


def compare_quantities(left: Quantity, right: Quantity) -> int | None:
    """Return -1, 0 or 1, None if the units do not convert or a value is missing."""
    values = pair(left, right)
    return None if values is None else (values[0] > values[1]) - (values[0] < values[1])


def same_quantity(left: Quantity, right: Quantity) -> bool | None:
    """Compare for `=`. None for a calendar year or month and another duration, False for different dimensions."""
    if left == right:
        return True
    if left.get("comparator") != right.get("comparator"):
        return False
    order = compare_quantities(left, right)
    if order is not None:
        return order == 0
    return None if _is_calendar(left) != _is_calendar(right) and _is_time(left) and _is_time(right) else False


def _is_calendar(measure: Quantity) -> bool:
    return unit(measure) in ("year", "month")


def _is_time(measure: Quantity) -> bool:
    code = unit(measure) or ""
    if code in ("year", "month"):
        return True
    base = quantities.canonical(Decimal(1), code)
    return base is not None and base[1] == "s"


def similar_quantity(left: Quantity, right: Quantity) -> bool:
    """Compare for `~`: in the unit and at the precision of the less precise quantity. `1 year ~ 1 'a'` is True."""
    values = pair(_definite(left), _definite(right))
    if values is None:
        return False
    if values[0] == values[1]:
        return True
    return _rounds_to(left, right) or _rounds_to(right, left)


def _rounds_to(fine: Quantity, coarse: Quantity) -> bool:
    fine_value, coarse_value = number(fine), number(coarse)
    if fine_value is None or coarse_value is None:
        return False
    converted = quantities.convert(fine_value, unit(_definite(fine)) or "", unit(_definite(coarse)) or "")
    exponent = coarse_value.normalize().as_tuple().exponent
    if converted is None or not isinstance(exponent, int) or not quantities.is_near(coarse_value):
        return False
    return round(Fraction(converted), max(-exponent, 0)) == Fraction(coarse_value)


def _definite(measure: Quantity) -> Quantity:
    code = {"year": "a", "month": "mo"}.get(unit(measure) or "")
    return {**measure, "code": code, "system": UCUM} if code else measure


def total(left: Quantity, right: Quantity, sign: int) -> Quantity | None:
    """Return the sum (`sign` 1) or difference (-1) in the unit of `left`, None if the units do not convert."""
    a, b = number(left), number(right)
    if a is None or b is None or unit(left) is None or unit(right) is None:
        return None
    converted = b if unit(left) == unit(right) else quantities.convert(b, unit(right) or "", unit(left) or "")
    return None if converted is None else {**left, "value": a + sign * converted}


def product(left: Quantity, right: Quantity) -> Quantity | None:
    """Return left × right, in the unit of `left` if `right` is a number, else in base units. None if undefined."""
    return _combined(left, right, ".")


def quotient(left: Quantity, right: Quantity) -> Quantity | None:
    """Return left ÷ right, as `product` does. None for a division by zero."""
    return None if number(right) == 0 else _combined(left, right, "/")


def _combined(left: Quantity, right: Quantity, sign: str) -> Quantity | None:
    a, b = number(left), number(right)
    if a is None or b is None or unit(left) is None or unit(right) is None:
        return None
    if unit(right) == "1":
        return {**left, "value": a * b if sign == "." else a / b}
    result = quantities.combined(a, unit(left) or "", b, unit(right) or "", sign)
    return None if result is None else quantity(*result)


def convertible(left: Quantity, right: Quantity) -> bool:
    """Tell whether the units of two quantities convert."""
    return pair({**left, "value": Decimal(1)}, {**right, "value": Decimal(1)}) is not None


def in_unit(measure: Quantity, code: str) -> Quantity | None:
    """Convert a quantity to another unit, a UCUM code or a calendar word. None if it does not convert."""
    target = quantity(Decimal(1), code)
    value, source, goal = number(measure), unit(measure), unit(target)
    if value is None or source is None or goal is None:
        return None
    converted = value if source == goal else quantities.convert(value, source, goal)
    return None if converted is None else {**target, "value": converted}


def written(measure: Quantity) -> str:
    """Write a quantity as a literal: `1 'mg'`, `4 days`."""
    shown = _word(measure.get("unit")) or _word(measure.get("code")) or "1"
    if "code" not in measure and shown in CALENDAR:
        return f"{measure.get('value')} {shown}"
    return f"{measure.get('value')} '{measure.get('code', shown)}'"
