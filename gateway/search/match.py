"""Tell whether a resource would match a query, by its index fields alone, before it is stored.

The answer of MongoDB is computed for the operators that `gateway.search` writes. It is None if the fields do not tell:
for criteria on other resources, on words, and on fields that are not at hand.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.search.notation.tokens import Filter
from gateway.search.query import Query
from gateway.search.tree.clauses import Clause

Fields = Mapping[str, Any]
"""The known fields of a stored document: `k`, `d`, `q`, …. A field that is missing here is unknown, not empty."""

_Compare = Callable[[Any, Any], bool]


def matches(query: Query, fields: Fields) -> bool | None:
    """Tell whether a resource of the query's type, with these index fields, matches; None if they do not tell."""
    return _all(_clause(clause, fields) for clause in query.clauses)


def _clause(clause: Clause, fields: Fields) -> bool | None:
    answers = [_filter(filter_, fields) for filter_ in clause.filters]
    answers += [_all(_clause(inner, fields) for inner in group) for group in clause.groups]
    if clause.chains or clause.branches or clause.words:
        answers.append(None)
    return _not(_any(answers)) if clause.negative else _any(answers)


def _filter(filter_: Filter, fields: Fields) -> bool | None:
    return _all(_condition(name, wanted, fields) for name, wanted in filter_.items())


def _condition(name: str, wanted: Any, fields: Fields) -> bool | None:
    if name in ("$and", "$or", "$nor"):
        answers = [_filter(filter_, fields) for filter_ in wanted]
        return _all(answers) if name == "$and" else _any(answers) if name == "$or" else _not(_any(answers))
    if name not in fields:
        return None
    held = fields[name]
    values = held if isinstance(held, list) else [held]
    if not isinstance(wanted, Mapping):
        return wanted in values
    return _all(_operator(operator, value, values, wanted) for operator, value in wanted.items())


def _operator(operator: str, wanted: Any, values: list[Any], all_: Mapping[str, Any]) -> bool | None:
    """Judge one operator on the values of a field, of which one that fulfills it is enough, as in MongoDB."""
    if operator == "$elemMatch":
        return _any(_element(value, wanted) for value in values)
    if operator == "$not":
        return _not(_all(_operator(inner, value, values, wanted) for inner, value in wanted.items()))
    if operator == "$regex":
        return None if "$options" in all_ else _regex(wanted, values)
    if operator in ("$ne", "$nin"):
        return all(_compared(operator, value, wanted) for value in values)
    return any(_compared(operator, value, wanted) for value in values) if operator in _COMPARE else None


def _element(value: Any, wanted: Filter) -> bool | None:
    """Judge an element of an array. All its fields are known: one that it lacks is None, which equals nothing."""
    if isinstance(value, dict):
        return _filter(wanted, _Whole(value))
    return _all(_operator(operator, operand, [value], wanted) for operator, operand in wanted.items())


class _Whole(dict[str, Any]):
    """An object of which every field is known; one that it lacks is None."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> None:
        return None


def _regex(pattern: str, values: list[Any]) -> bool | None:
    try:
        compiled = re.compile(pattern)
    except re.error:  # written for MongoDB's dialect
        return None
    return any(isinstance(value, str) and compiled.search(value) is not None for value in values)


def _compared(operator: str, value: Any, wanted: Any) -> bool:
    try:
        return _COMPARE[operator](value, wanted)
    except TypeError:  # MongoDB compares only values of one kind
        return False


_COMPARE: dict[str, _Compare] = {
    "$eq": lambda value, wanted: bool(value == wanted),
    "$ne": lambda value, wanted: bool(value != wanted),
    "$in": lambda value, wanted: value in wanted,
    "$nin": lambda value, wanted: value not in wanted,
    "$gt": lambda value, wanted: bool(value > wanted),
    "$gte": lambda value, wanted: bool(value >= wanted),
    "$lt": lambda value, wanted: bool(value < wanted),
    "$lte": lambda value, wanted: bool(value <= wanted),
}


def _all(answers: Iterable[bool | None]) -> bool | None:
    verdicts = list(answers)
    return False if False in verdicts else None if None in verdicts else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    verdicts = list(answers)
    return True if True in verdicts else None if None in verdicts else False


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
