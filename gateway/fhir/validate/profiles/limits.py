"""Check maxLength, minValue[x] and maxValue[x].

https://hl7.org/fhir/R4/elementdefinition.html#ElementDefinition.minValue_x_

Every value is compared as a range: a partial date covers all its days, `<5` all numbers below 5. A value breaks a limit
if its whole range lies beyond the limit. If only a part does, a finding says that this cannot be told.
"""

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from gateway.fhir import dates
from gateway.fhir.quantities import exact, is_near
from gateway.fhir.validate.findings import ValidationIssue, shown
from gateway.fhir.validate.profiles.definition import Node, ValueLimit
from gateway.fhir.validate.profiles.items import ProfiledItem, family

_UCUM = "http://unitsofmeasure.org"
_NUMBERS = frozenset({"decimal", "integer"})
_DATES = frozenset({"date", "dateTime", "instant"})
_ONLY_A_DAY = len("2020-01-31")
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?", re.ASCII)

_Point = tuple[Fraction | float, int]
"""A number, and -1 or 1 where the range ends just below or begins just above it."""


class _Range(NamedTuple):
    low: _Point
    high: _Point


def findings(node: Node, item: ProfiledItem) -> Iterator[ValidationIssue]:
    """Say which limits of `node` the value of `item` breaks, and which cannot be evaluated."""
    if node.max_length is not None and isinstance(item.value, str) and len(item.value) > node.max_length:
        text = f"{node.name} has {len(item.value)} characters, at most {node.max_length} are allowed"
        yield ValidationIssue(item.path, "value", text)
    for limit, least in ((node.lowest, True), (node.highest, False)):
        if limit is not None and _has_value(item):
            yield from _compared(node.name, item, limit, least)


def _has_value(item: ProfiledItem) -> bool:
    return "value" in item.value if type(item.value) is dict else item.value is not None


def _compared(name: str, item: ProfiledItem, limit: ValueLimit, least: bool) -> Iterator[ValidationIssue]:
    written, word = _written(limit.value), "less than the least" if least else "more than the greatest"
    pair = _ranges(item, limit)
    if pair is None:
        end = "least" if least else "greatest"
        text = f"{name} is not compared with its {end} value {written}: they are not comparable"
        yield ValidationIssue(item.path, "not-supported", text, "warning")
        return
    value, bound = pair
    broken = value.high < bound.low if least else value.low > bound.high
    kept = value.low >= bound.low if least else value.high <= bound.high
    if broken:
        yield ValidationIssue(item.path, "value", f"{name} {_written(item.value)} is {word} value {written}")
    elif not kept or _is_vaguer(item, limit):
        text = f"it cannot be told whether {name} {_written(item.value)} is {word} value {written}"
        yield ValidationIssue(item.path, "not-supported", text, "information")


def _ranges(item: ProfiledItem, limit: ValueLimit) -> tuple[_Range, _Range] | None:
    """Return the value and the limit on one scale, None if they have no scale in common."""
    value_types, limit_types = family(item.type), family(limit.type)
    if value_types & _NUMBERS and limit_types & _NUMBERS:
        return _both(_number(item.value), _number(limit.value))
    if value_types & _DATES and limit_types & _DATES:
        return _days_or_moments(item.value, limit.value)
    if value_types & {"time"} and limit_types & {"time"}:
        return _both(_time(item.value), _time(limit.value))
    if "Quantity" in value_types and "Quantity" in limit_types:
        return _quantities(item.value, limit.value)
    return None


def _both(value: _Range | None, bound: _Range | None) -> tuple[_Range, _Range] | None:
    return None if value is None or bound is None else (value, bound)


def _number(value: Any) -> _Range | None:
    if type(value) not in (int, Decimal) or not is_near(Decimal(value)):
        return None
    return _Range((Fraction(value), 0), (Fraction(value), 0))


def _days_or_moments(value: Any, bound: Any) -> tuple[_Range, _Range] | None:
    """Compare two times, or two days if one of the texts is only a day. A day has no time zone, so the day counts that
    is written in the time."""
    if type(value) is not str or type(bound) is not str:
        return None
    if min(len(value), len(bound)) <= _ONLY_A_DAY:
        value, bound = value[:_ONLY_A_DAY], bound[:_ONLY_A_DAY]
    return _both(_period(value), _period(bound))


def _is_vaguer(item: ProfiledItem, limit: ValueLimit) -> bool:
    """Tell whether the value is a day, and the limit a time on this day."""
    value, bound = item.value, limit.value
    both = type(value) is str and type(bound) is str and bool(family(item.type) & _DATES)
    return both and len(value) <= _ONLY_A_DAY < len(bound) and bound.startswith(value)


def _period(text: str) -> _Range | None:
    try:
        low, high = dates.period(text)
    except ValueError:
        return None
    return _Range((Fraction(low), 0), (Fraction(high), 0))


def _time(text: Any) -> _Range | None:
    match = _TIME.fullmatch(text) if type(text) is str else None
    if match is None:
        return None
    seconds = (int(match[1]) * 60 + int(match[2])) * 60 + int(match[3])
    exact_seconds = seconds + Fraction(int(match[4] or 0), 10 ** len(match[4] or ""))
    return _Range((exact_seconds, 0), (exact_seconds, 0))


def _quantities(value: Any, bound: Any) -> tuple[_Range, _Range] | None:
    """Compare in base units if both are UCUM, else as sent if both have the same unit."""
    if type(value) is not dict or type(bound) is not dict:
        return None
    scales = _scaled(value), _scaled(bound)
    if scales[0] is None or scales[1] is None or scales[0][1] != scales[1][1]:
        return None
    return _spread(scales[0][0], value.get("comparator")), _Range((scales[1][0], 0), (scales[1][0], 0))


def _scaled(quantity: dict[str, Any]) -> tuple[Fraction, object] | None:
    number, code = quantity.get("value"), quantity.get("code")
    if type(number) not in (int, Decimal) or not is_near(Decimal(number)):  # type: ignore[arg-type]
        return None
    if quantity.get("system") == _UCUM and type(code) is str and (in_base := exact(Decimal(number), code)):  # type: ignore[arg-type]
        return in_base
    unit = quantity.get("unit") if code is None else None
    return Fraction(number), (quantity.get("system"), code, unit)  # type: ignore[arg-type]


def _spread(at: Fraction, comparator: Any) -> _Range:
    match comparator:
        case "<":
            return _Range((-math.inf, 0), (at, -1))
        case "<=":
            return _Range((-math.inf, 0), (at, 0))
        case ">":
            return _Range((at, 1), (math.inf, 0))
        case ">=":
            return _Range((at, 0), (math.inf, 0))
    return _Range((at, 0), (at, 0))


def _written(value: Any) -> str:
    if type(value) is not dict:
        return shown(value)
    unit = value.get("code") or value.get("unit") or ""
    return shown(f"{value.get('comparator', '')}{value.get('value', '')} {unit}".strip())
