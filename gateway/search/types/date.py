"""Dates, times, periods and timings as ranges: https://hl7.org/fhir/R4/search.html#date

Entries are `{p, lo, hi}` in microseconds since 1970 UTC, both ends included; an open end reaches as far as an int64.
`ap` widens a range by its own width on both sides: 2020 means 2019 to 2021, a day also the days before and after.
"""

from collections.abc import Sequence
from typing import Any

from gateway.fhir import dates
from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import COMPARISONS, prefixed, refuse
from gateway.search.notation.tokens import Filter, starting
from gateway.search.notation.values import unescape

FIELD = "d"
MODIFIERS: frozenset[str] = frozenset()
EARLIEST, LATEST = -(2**63), 2**63 - 1


def index(name: str, kind: str, value: Any) -> list[dict[str, Any]]:
    """Return the index entries of dates and periods (see SearchType)."""
    if isinstance(value, str) and kind != "string":  # `scheduled[x]` may be a text, which has no order
        moments = [_written(value, value)]
    elif kind == "Period":
        moments = [_period(value)]
    elif kind == "Timing":
        moments = [_timing(value)]
    else:
        moments = []
    return [{"p": name, "lo": moment[0], "hi": moment[1]} for moment in moments if moment]


def _written(start: Any, end: Any) -> tuple[int, int] | None:
    try:
        lo = dates.period(start)[0] if start else EARLIEST
        return lo, dates.period(end)[1] if end else LATEST
    except (ValueError, TypeError):
        return None  # not a date; whether that is allowed is for the validation to say


def _period(value: dict[str, Any]) -> tuple[int, int] | None:
    start, end = value.get("start"), value.get("end")
    return _written(start, end) if start or end else None


def _timing(value: dict[str, Any]) -> tuple[int, int] | None:
    """ "The specified scheduling details are ignored and only the outer limits matter." """
    moments = [_written(event, event) for event in value.get("event", ()) if event]
    bounds = value.get("repeat", {}).get("boundsPeriod")
    ranges = [moment for moment in (*moments, _period(bounds) if bounds else None) if moment]
    return (min(lo for lo, _ in ranges), max(hi for _, hi in ranges)) if ranges else None


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for dates and periods (see SearchType)."""
    prefix, lo, hi = parse(parameter.name, value)
    matching: Filter = {"d": {"$elemMatch": {"p": name, **COMPARISONS[prefix](lo, hi)}}}
    bounds = _bounds(prefix, lo, hi, parameter.single) if parameter.at else {}
    return {**matching, "at": bounds} if bounds else matching


def _bounds(prefix: str, lo: int, hi: int, single: bool) -> Filter:
    """Return bounds of `at`, the earliest moment. The comparison implies them, but the token index is ordered by it."""
    bounds: Filter = {"$lte": hi} if prefix in ("eq", "lt", "le", "eb", "ap") else {}
    if single and prefix in ("eq", "sa"):
        bounds["$gte"] = lo
    return bounds


def earliest(name: str, values: Sequence[str]) -> int | None:
    """Return the earliest moment at which a date that matches one of the values can end; None without such a bound."""
    ends = []
    for value in values:
        prefix, lo, hi = parse(name, value)
        if prefix not in ("eq", "ge", "gt", "sa", "ap"):
            return None
        ends.append(hi if prefix in ("gt", "sa") else lo)
    return min(ends)


def parse(name: str, value: str) -> tuple[str, int, int]:
    """Return the prefix of a value, and the first and the last microsecond of its range. Raises BadRequest."""
    prefix, written = prefixed(unescape(value).strip())
    # An unescaped `+` of a time zone has become a blank in the URL.
    if len(written) > 6 and written[-6] == " ":
        written = f"{written[:-6]}+{written[-5:]}"
    try:
        lo, hi = dates.period(written)
    except ValueError:
        raise refuse(name, value, "a date or time such as 2020-05-31 or ge2020-05-31T12:00:00Z") from None
    width = hi - lo + 1 if prefix == "ap" else 0
    return prefix, lo - width, hi + width


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return {"$or": [{"d": {"$elemMatch": {"p": name}}}, starting(f"{name}|")]}
