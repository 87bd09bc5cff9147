"""lowBoundary, highBoundary and precision: the range that a value of limited precision stands for.

A precision is a number of decimals, or for a date a number of digits: 4 year, 6 month, 8 day, 10 hour, 12 minute, 14
second, 17 millisecond; for a time 2 to 9. https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from gateway.fhir.path import temporal
from gateway.fhir.path.function import PathFunction, plain
from gateway.fhir.path.quantity_math import with_value
from gateway.fhir.path.temporal import Temporal
from gateway.fhir.path.values import KINDS, Nodes, integer, single, whole

_DIGITS = {"Date": (4, 6, 8), "DateTime": (4, 6, 8, 10, 12, 14, 17), "Time": (2, 4, 6, 9)}
_MAX_DECIMALS = 31
_DEFAULT = {"Date": 8, "DateTime": 17, "Time": 9}
_EAST, _WEST = 14 * 60, -12 * 60


def _number(value: Any, precision: int, *, high: bool) -> Decimal | None:
    """Return the end of the range of numbers that round to `value`, rounded outwards to `precision` decimals."""
    if not 0 <= precision <= _MAX_DECIMALS:
        return None
    exact = Decimal(value)
    exponent = exact.as_tuple().exponent
    half = Decimal(5).scaleb(min(exponent if isinstance(exponent, int) else 0, 0) - 1)
    edge = exact + half if high else exact - half
    return edge.quantize(Decimal(1).scaleb(-precision), ROUND_CEILING if high else ROUND_FLOOR)


def _moment(value: Temporal, precision: int, *, high: bool) -> Temporal | None:
    if precision not in _DIGITS[value.kind]:
        return None
    if value.kind == "Time":
        full = _filled(Temporal("DateTime", (2000, 1, 1, *value.parts)), high=high)[3:]
    else:
        full = _filled(value, high=high)
    zone = value.zone
    if value.kind == "DateTime" and precision >= 10:
        zone = zone if zone is not None else _WEST if high else _EAST
    else:
        zone = None
    return Temporal(value.kind, _cut(full, precision, value.kind), zone)


def _filled(value: Temporal, *, high: bool) -> tuple[int | Decimal, ...]:
    lowest = (1, 1, 1, 0, 0, Decimal(0))
    rest = temporal.highest(value.parts) if high else lowest[len(value.parts) :]
    full = (*value.parts, *rest)
    second = Decimal(full[5])
    is_whole_second = len(value.parts) == 6 and second == int(second) and second.as_tuple().exponent == 0
    second += Decimal("0.999") if high and is_whole_second else 0
    return (*full[:5], second)


def _cut(full: tuple[int | Decimal, ...], precision: int, kind: str) -> tuple[int | Decimal, ...]:
    parts = full[: _DIGITS[kind].index(precision) + 1]
    if precision == _DIGITS[kind][-1] and kind != "Date":
        return (*parts[:-1], Decimal(full[-1]).quantize(Decimal("0.001")))
    return (*parts[:-1], Decimal(int(parts[-1]))) if len(parts) == len(full) and kind != "Date" else parts


def _boundary(*, high: bool) -> PathFunction:
    def run(nodes: Nodes, *precision: Nodes) -> Nodes:
        node = single(nodes)
        kind = KINDS.get(node[0]) if node else None
        if node is None or node[1] is None or kind is None:
            return []
        digits = whole(precision[0]) if precision else None
        value = _edge(node[1], kind, digits, high=high)
        return [] if value is None else [(f"System.{'Decimal' if kind == 'Integer' else kind}", value, None)]

    return plain(run, 0, 1)


def _edge(value: Any, kind: str, precision: int | None, *, high: bool) -> Any:
    if kind in ("Integer", "Decimal"):
        return _number(value, 8 if precision is None else precision, high=high)
    if kind == "Quantity":
        return with_value(value, lambda number: _number(number, 8 if precision is None else precision, high=high))
    written = temporal.parse(value, kind) if kind in _DIGITS else None
    if written is None:
        return None
    edge_of_time = _moment(written, _DEFAULT[kind] if precision is None else precision, high=high)
    return None if edge_of_time is None else str(edge_of_time)


def _precision(nodes: Nodes) -> Nodes:
    node = single(nodes)
    kind = KINDS.get(node[0]) if node else None
    if node is None or node[1] is None:
        return []
    if kind in ("Integer", "Decimal"):
        exponent = Decimal(node[1]).as_tuple().exponent
        return integer(max(-exponent, 0) if isinstance(exponent, int) else 0)
    written = temporal.parse(node[1], kind) if kind in _DIGITS else None
    return [] if written is None else integer(_digits(written))


def _digits(value: Temporal) -> int:
    digits = _DIGITS[value.kind]
    last = value.parts[-1]
    has_fraction = isinstance(last, Decimal) and last.as_tuple().exponent != 0
    return digits[len(value.parts) - 1 + has_fraction]


FUNCTIONS: dict[str, PathFunction] = {
    "lowBoundary": _boundary(high=False),
    "highBoundary": _boundary(high=True),
    "precision": plain(_precision, gives="System.Integer"),
}
