"""Prefixes on ranges: a search value is a range, and so is what it is compared with.

https://hl7.org/fhir/R4/search.html#prefix, taken literally. Ranges have both ends included. In the index an entry is
`{p: parameter, lo, hi}`.
"""

from collections.abc import Callable
from typing import TypeVar

from gateway import errors
from gateway.search.notation.tokens import Filter

Bound = TypeVar("Bound", int, float)
Compare = Callable[[Bound, Bound], Filter]


def _within(lo: Bound, hi: Bound) -> Filter:
    return {"lo": {"$gte": lo}, "hi": {"$lte": hi}}


COMPARISONS: dict[str, Callable[..., Filter]] = {
    "eq": _within,
    "ne": lambda lo, hi: {"$or": [{"lo": {"$lt": lo}}, {"hi": {"$gt": hi}}]},
    "gt": lambda lo, hi: {"hi": {"$gt": hi}},
    "lt": lambda lo, hi: {"lo": {"$lt": lo}},
    # `hi >= lo` follows from the alternatives; it is what the index can use.
    "ge": lambda lo, hi: {"hi": {"$gte": lo}, "$or": [{"hi": {"$gt": hi}}, _within(lo, hi)]},
    "le": lambda lo, hi: {"lo": {"$lte": hi}, "$or": [{"lo": {"$lt": lo}}, _within(lo, hi)]},
    "sa": lambda lo, hi: {"lo": {"$gt": hi}},
    "eb": lambda lo, hi: {"hi": {"$lt": lo}},
    "ap": lambda lo, hi: {"lo": {"$lte": hi}, "hi": {"$gte": lo}},
}


def prefixed(value: str) -> tuple[str, str]:
    """`"ge2020"` -> `("ge", "2020")`; without a prefix it is `eq`."""
    if value[:2] in COMPARISONS:
        return value[:2], value[2:]
    return "eq", value


def refuse(name: str, value: str, expected: str) -> errors.BadRequest:
    return errors.BadRequest(f"Search parameter '{name}': '{value[:200]}' is not {expected}")
