"""Tell whether a resource would match a query, by its index fields alone, before it is stored.

This module computes MongoDB's answer for the operators that `gateway.search` writes. The answer is None if the fields
do not tell: for clauses on other resources, on text, and on fields that are missing here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.search.notation.tokens import Filter
from gateway.search.query import Query
from gateway.search.tree.clauses import And, Bound, Clause, Not, Or

Fields = Mapping[str, Any]
"""The known fields of a stored document: `k`, `d`, `q`, …. A field that is missing here is unknown, not empty."""

_Compare = Callable[[Any, Any], bool]


def matches(query: Query, fields: Fields) -> bool | None:
    """Tell whether a resource of the query's type, with these index fields, matches; None if they do not tell."""
    return _all(_clause(clause, fields) for clause in query.clauses)


def _clause(clause: Clause, fields: Fields) -> bool | None:
    match clause:
        case Bound(filters):
            return _any(_filter(filter_, fields) for filter_ in filters)
        case And(clauses):
            return _all(_clause(part, fields) for part in clauses)
        case Or(clauses):
            return _any(_clause(part, fields) for part in clauses)
        case Not(inner):
            return _not(_clause(inner, fields))
        case _:
            return None


def _filter(filter_: Filter, fields: Fields) -> bool | None:
    return _all(_condition(name, matcher, fields) for name, matcher in filter_.items())


def _condition(name: str, matcher: Any, fields: Fields) -> bool | None:
    if name in ("$and", "$or", "$nor"):
        answers = [_filter(filter_, fields) for filter_ in matcher]
        return _all(answers) if name == "$and" else _any(answers) if name == "$or" else _not(_any(answers))
    if name not in fields:
        return None
    value = fields[name]
    values = value if isinstance(value, list) else [value]
    if not isinstance(matcher, Mapping):
        return matcher in values
    return _all(_operator(operator, operand, values, matcher) for operator, operand in matcher.items())


def _operator(operator: str, operand: Any, values: list[Any], operators: Mapping[str, Any]) -> bool | None:
    """Judge one operator on the values of a field; as in MongoDB it is enough that one value fulfills it.

    operators: all operators on the field.
    """
    if operator == "$elemMatch":
        return _any(_element(value, operand) for value in values)
    if operator == "$not":
        return _not(_all(_operator(inner, value, values, operand) for inner, value in operand.items()))
    if operator == "$regex":
        return None if "$options" in operators else _regex(operand, values)
    if operator in ("$ne", "$nin"):  # on an array they ask that no element is equal
        return all(_compared(operator, value, operand) for value in values)
    return any(_compared(operator, value, operand) for value in values) if operator in _COMPARE else None


def _element(value: Any, matcher: Filter) -> bool | None:
    """Judge an element of an array. All its fields are known: one that it lacks is None, which equals nothing."""
    if isinstance(value, dict):
        return _filter(matcher, _WholeObject(value))
    return _all(_operator(operator, operand, [value], matcher) for operator, operand in matcher.items())


class _WholeObject(dict[str, Any]):
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


def _compared(operator: str, value: Any, operand: Any) -> bool:
    try:
        return _COMPARE[operator](value, operand)
    except TypeError:  # MongoDB compares only values of one kind
        return False


_COMPARE: dict[str, _Compare] = {
    "$eq": lambda value, operand: bool(value == operand),
    "$ne": lambda value, operand: bool(value != operand),
    "$in": lambda value, operand: value in operand,
    "$nin": lambda value, operand: value not in operand,
    "$gt": lambda value, operand: bool(value > operand),
    "$gte": lambda value, operand: bool(value >= operand),
    "$lt": lambda value, operand: bool(value < operand),
    "$lte": lambda value, operand: bool(value <= operand),
}


def _all(answers: Iterable[bool | None]) -> bool | None:
    verdicts = list(answers)
    return False if False in verdicts else None if None in verdicts else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    verdicts = list(answers)
    return True if True in verdicts else None if None in verdicts else False


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
