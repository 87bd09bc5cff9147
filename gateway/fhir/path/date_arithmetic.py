"""Add a duration to a date or time, or subtract it (https://hl7.org/fhirpath/N1/#datetime-arithmetic)."""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from gateway.fhir.path import temporal
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.quantity_math import number, unit
from gateway.fhir.path.temporal import Temporal
from gateway.fhir.path.values import Node, Nodes

# Unit -> its months, or its seconds. `a` and `mo` are mean lengths and not allowed.
_MONTHS = {"year": 12, "month": 1}
_SECONDS = {
    "wk": Decimal(604800),
    "d": Decimal(86400),
    "h": Decimal(3600),
    "min": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("0.001"),
}
# Number of parts of a date -> the unit of its last part. A date moves in whole units of its precision.
_PRECISION = {1: "year", 2: "month", 3: "d", 4: "h", 5: "min", 6: "s"}


def moved(node: Node, kind: str, amount: dict[str, Any], sign: int) -> Nodes:
    """Move a date or time by `amount`, later if `sign` is 1, earlier if it is -1.

    The result is empty if it lies outside the years 1 to 9999. Raises PathError for a unit that is not allowed.
    """
    value, code, written = number(amount), unit(amount), temporal.parse(node[1], kind)
    if code not in _MONTHS and code not in _SECONDS:
        raise PathError(f"a {kind} cannot be moved by {code!r}")
    if value is None or written is None:
        return []
    try:
        result = _time(written, sign * value, code) if kind == "Time" else _date(written, sign * value, code)
    except (OverflowError, ValueError):
        return []
    return [(f"System.{kind}" if node[0].startswith("System.") else node[0], str(result), None)]


def _time(value: Temporal, amount: Decimal, code: str) -> Temporal:
    if code not in ("h", "min", "s", "ms"):
        raise PathError(f"a Time cannot be moved by {code!r}")
    anchored = Temporal("DateTime", (2000, 1, 1, *value.parts))
    return Temporal("Time", _date(anchored, amount, code).parts[3:])


def _date(value: Temporal, amount: Decimal, code: str) -> Temporal:
    if code in _MONTHS:
        months = int(amount) * _MONTHS[code]
        return _by_months(value, months)
    seconds = amount * _SECONDS[code] if code in ("s", "ms") else int(amount) * _SECONDS[code]
    last = _PRECISION[len(value.parts)]
    if last in _MONTHS:
        days = int(seconds / 86400)
        return _by_months(value, int(days / (365 if last == "year" else 30)) * _MONTHS[last])
    whole = int(seconds / _SECONDS[last]) * _SECONDS[last] if last != "s" else seconds
    return _by_seconds(value, whole)


def _by_months(value: Temporal, months: int) -> Temporal:
    count = int(value.parts[0]) * 12 + (int(value.parts[1]) - 1 if len(value.parts) > 1 else 0) + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError
    if len(value.parts) < 3:
        return Temporal(value.kind, (year, month)[: len(value.parts)], value.zone)
    day = min(int(value.parts[2]), int(temporal.highest((year, month))[0]))
    return Temporal(value.kind, (year, month, day, *value.parts[3:]), value.zone)


def _by_seconds(value: Temporal, seconds: Decimal) -> Temporal:
    parts = (*value.parts, 0, 0, 0)
    second = Decimal(value.parts[5]) if len(value.parts) > 5 else Decimal(0)
    start = datetime(int(parts[0]), int(parts[1]), int(parts[2]))
    if len(value.parts) > 3:
        start = start.replace(hour=int(parts[3]), minute=int(parts[4]) if len(value.parts) > 4 else 0)
    minutes, rest = divmod(second + _truncated(seconds, second), 60)
    if rest < 0:
        minutes, rest = minutes - 1, rest + 60
    end = start + timedelta(minutes=int(minutes))
    full = (end.year, end.month, end.day, end.hour, end.minute, rest)
    return Temporal(value.kind, full[: len(value.parts)], value.zone)


def _truncated(seconds: Decimal, second: Decimal) -> Decimal:
    """Cut to whole seconds, or to milliseconds if the value has a fraction: the result has the value's precision."""
    exponent = second.as_tuple().exponent
    places = Decimal(1) if exponent == 0 else Decimal("0.001")
    return seconds.quantize(places, ROUND_DOWN)
