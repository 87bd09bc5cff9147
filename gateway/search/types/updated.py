"""`_lastUpdated`, which is a column of the stored document, `u`, in milliseconds, and has no index entries."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.tokens import Filter
from gateway.search.types import date

FIELD = "k"
MODIFIERS: frozenset[str] = frozenset()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# How a moment compares with a range: it is within, before or after it.
_COMPARISONS = {
    "eq": ("$gte lo", "$lte hi"),
    "ap": ("$gte lo", "$lte hi"),
    "gt": ("$gt hi",),
    "sa": ("$gt hi",),
    "lt": ("$lt lo",),
    "eb": ("$lt lo",),
    "ge": ("$gte lo",),
    "le": ("$lte hi",),
}


def index(name: str, kind: str, value: Any) -> list[Any]:
    """Return the index entries of times of the last update (see SearchType)."""
    return []


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for times of the last update (see SearchType)."""
    prefix, lo, hi = date.parse(parameter.name, value)
    ends = {"lo": _moment(lo), "hi": _moment(hi)}
    if prefix == "ne":
        return {"$or": [{"u": {"$lt": ends["lo"]}}, {"u": {"$gt": ends["hi"]}}]}
    return {"u": {operator: ends[end] for operator, end in (text.split() for text in _COMPARISONS[prefix])}}


def _moment(microseconds: int) -> datetime:
    """Return a moment, cut to milliseconds, as MongoDB does, and to the years that a datetime can hold."""
    try:
        return _EPOCH + timedelta(milliseconds=microseconds // 1000)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if microseconds > 0 else datetime.min.replace(tzinfo=UTC)


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return {}
