"""Compare ranges by prefix: a search value is a range, and so is each stored value.

This follows https://hl7.org/fhir/R4/search.html#prefix literally. Both ends of a range are included. An index entry is
`{p: parameter, lo, hi}`.
"""

from collections.abc import Callable
from typing import TypeVar

from gateway import errors
from gateway.search.notation.tokens import Filter

Number = TypeVar("Number", int, float)
Compare = Callable[[Number, Number], Filter]


def _within(lo: Number, hi: Number) -> Filter:
    return {"lo": {"$gte": lo}, "hi": {"$lte": hi}}


COMPARISONS: dict[str, Callable[..., Filter]] = {
    "eq": _within,
    "ne": lambda lo, hi: {"$or": [{"lo": {"$lt": lo}}, {"hi": {"$gt": hi}}]},
    "gt": lambda lo, hi: {"hi": {"$gt": hi}},
    "lt": lambda lo, hi: {"lo": {"$lt": lo}},
    # The alternatives imply `hi >= lo`, but the index can use it only if it is written.
    "ge": lambda lo, hi: {"hi": {"$gte": lo}, "$or": [{"hi": {"$gt": hi}}, _within(lo, hi)]},
    "le": lambda lo, hi: {"lo": {"$lte": hi}, "$or": [{"lo": {"$lt": lo}}, _within(lo, hi)]},
    "sa": lambda lo, hi: {"lo": {"$gt": hi}},
    "eb": lambda lo, hi: {"hi": {"$lt": lo}},
    "ap": lambda lo, hi: {"lo": {"$lte": hi}, "hi": {"$gte": lo}},
}


def prefixed(value: str) -> tuple[str, str]:
    """Split a value: `"ge2020"` -> `("ge", "2020")`. A value without a prefix has `eq`."""
    if value[:2] in COMPARISONS:
        return value[:2], value[2:]
    return "eq", value


def refuse(name: str, value: str, expected: str) -> errors.BadRequest:
    """Return the error for a value that is not `expected`, such as "a date"."""
    return errors.BadRequest(f"Search parameter '{name}': '{value[:200]}' is not {expected}")
