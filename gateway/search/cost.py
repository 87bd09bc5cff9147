"""Charge the criteria of a search to the request, counted in values.

An exact value costs 1: the index finds it at once, however many there are. Everything else costs as many values as take
MongoDB about the same time.
"""

from collections.abc import Iterable
from typing import Any

from gateway import budget
from gateway.errors import TooCostly
from gateway.search.notation.tokens import Filter

OF_RANGE = 20
"""A range of the index: a prefix, a date, a number."""
OF_SEARCH = 10
"""A search of its own, such as that for the other end of a chain."""
_OF_MOMENTS = 50
"""A range of `_lastUpdated`: many of these cannot be joined into one predicate, as ranges of other dates can."""
_OF_PATTERN = 200
"""A pattern that is tried on every value of the parameter."""
_TOGETHER = 10
"""Exact values that one written value stands for, such as the codes of a value set, are this many times cheaper."""


def check(written: str, value: str) -> None:
    """Check the number of alternatives in `value` before it is split. Raises TooCostly for more than the request has
    left."""
    allowance = budget.current()
    if allowance is not None and value.count(",") > allowance.values_left:
        charge(written, value.count(","))


def charge(written: str, values: int) -> None:
    """Charge `values` to the request. Raises TooCostly that names the search parameter as `written`."""
    try:
        budget.spend(values=values)
    except TooCostly as error:
        raise TooCostly(f"Search parameter '{written[:200]}': {error.text}") from None


def charged(written: str, filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Return the filters, each charged before the next one is made. Raises TooCostly that names the search
    parameter."""
    paid = []
    for filter_ in filters:
        charge(written, _cost(filter_))
        paid.append(filter_)
    return tuple(paid)


def _cost(filter_: Filter) -> int:
    """Return the cost of a filter in addition to that of the value it was written as."""
    return sum(_cost_of(field, matcher) for field, matcher in filter_.items())


def _cost_of(field: str, matcher: Any) -> int:
    if field in ("$and", "$or", "$nor"):
        return sum(map(_cost, matcher))
    if field == "at" or not isinstance(matcher, dict):  # `at` only narrows what the ranges say
        return 0
    if "$in" in matcher:
        return len(matcher["$in"]) // _TOGETHER
    if field == "u":
        return _OF_MOMENTS
    inner = matcher.get("$elemMatch", matcher)
    return _OF_PATTERN if "$regex" in inner or "$nin" in inner else OF_RANGE
