"""What the criteria of a search cost, charged to the request as values. One exact value costs 1: the index finds it at
once, however many there are. Other kinds cost what they take MongoDB in comparison, about."""

from collections.abc import Iterable
from typing import Any

from gateway import budget
from gateway.errors import TooCostly
from gateway.search.tokens import Filter

OF_RANGE = 20
"""A range of the index: a prefix, a date, a number."""
OF_SEARCH = 10
"""A search of its own, such as that for the other end of a chain."""
_OF_MOMENTS = 50
"""A range of `_lastUpdated`: many of them cannot be made one predicate, as those of other dates can."""
_OF_PATTERN = 200
"""A pattern that is tried on every value of the parameter."""
_TOGETHER = 10
"""Exact values that one written value stands for, such as the codes of a value set, cost this many times less."""


def check(written: str, value: str) -> None:
    """Raises TooCostly, without taking it apart, for a value that holds more between its commas than is left."""
    allowance = budget.current()
    if allowance is not None and value.count(",") > allowance.values_left:
        charge(written, value.count(","))


def charge(written: str, values: int) -> None:
    """Raises TooCostly naming the search parameter."""
    try:
        budget.spend(values=values)
    except TooCostly as error:
        raise TooCostly(f"Search parameter '{written[:200]}': {error.text}") from None


def charged(written: str, filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Take filters one by one, each charged before the next is made. Raises TooCostly naming the search parameter."""
    taken = []
    for filter_ in filters:
        charge(written, _cost(filter_))
        taken.append(filter_)
    return tuple(taken)


def _cost(filter_: Filter) -> int:
    """Of a filter beside the one value that it was written as."""
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
