"""Turn conditions on the fields of internal documents into a filter of MongoDB. Pure.

Conditions on one list of objects must be met by the same item: `components.code_keys` and `components.value.number` are
those of one component. A negative condition (`ne`, or `exists` false) is about the item that meets the other
conditions. If there are only negative conditions on a list, all items must meet them: no name is "Smith".
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from gateway.store.layout.schema import Document


class PathStep(NamedTuple):
    """One name of a dotted path.

    many: whether the field holds a list.
    """

    name: str
    many: bool = False


class Span(NamedTuple):
    """A time as precise as it was written: a year, a day or a second is the span `start <= t < end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """A condition on one field.

    operator: one of OPERATORS.
    value: a str, int, Decimal, bool or Span; for `in` a sequence of these, for `exists` a bool. For `eq` and `ne` a
        sequence stands for any of its values.
    """

    path: tuple[PathStep, ...]
    operator: str
    value: Any

    @property
    def negative(self) -> bool:
        """Whether a missing field meets the condition."""
        return self.operator == "ne" or (self.operator == "exists" and not self.value)


def where(conditions: Iterable[FieldCondition]) -> Document:
    """Return the filter of the documents that meet all `conditions`."""
    filters: list[Document] = []
    on_items: dict[str, list[FieldCondition]] = defaultdict(list)
    for condition in conditions:
        path = condition.path
        list_at = next((number for number, step in enumerate(path[:-1]) if step.many), None)
        if list_at is None:
            filters.append(_test(_dotted(path), condition))
        else:
            rest = FieldCondition(path[list_at + 1 :], condition.operator, condition.value)
            on_items[_dotted(path[: list_at + 1])].append(rest)
    for name, item_conditions in on_items.items():
        if all(condition.negative for condition in item_conditions):
            filters += [_test(f"{name}.{_dotted(condition.path)}", condition) for condition in item_conditions]
        else:
            filters.append({name: {"$elemMatch": where(item_conditions)}})
    return every(filters)


def every(filters: Sequence[Document]) -> Document:
    """Return the filter of the documents that match all `filters`."""
    return {"$and": [*filters]} if len(filters) > 1 else dict(filters[0]) if filters else {}


def _dotted(path: Iterable[PathStep]) -> str:
    return ".".join(step.name for step in path)


def _test(name: str, condition: FieldCondition) -> Document:
    return OPERATORS[condition.operator](name, condition.value)


def _equal(name: str, value: Any) -> Document:
    if isinstance(value, Span):
        return {name: {"$gte": value.start, "$lt": value.end}}
    return _one_of(name, value) if isinstance(value, list | tuple) else {name: {"$eq": value}}


def _unequal(name: str, value: Any) -> Document:
    return {"$nor": [_equal(name, value)]}


def _one_of(name: str, values: Sequence[Any]) -> Document:
    if any(isinstance(value, Span) for value in values):
        return {"$or": [_equal(name, value) for value in values]}
    return {name: {"$in": [*values]}}


def _greater(name: str, value: Any) -> Document:
    return {name: {"$gte": value.end} if isinstance(value, Span) else {"$gt": value}}


def _greater_or_equal(name: str, value: Any) -> Document:
    return {name: {"$gte": value.start if isinstance(value, Span) else value}}


def _less(name: str, value: Any) -> Document:
    return {name: {"$lt": value.start if isinstance(value, Span) else value}}


def _less_or_equal(name: str, value: Any) -> Document:
    return {name: {"$lt": value.end} if isinstance(value, Span) else {"$lte": value}}


def _exists(name: str, value: bool) -> Document:
    return {name: {"$exists": value}}


def _prefixed(name: str, value: str) -> Document:
    return {name: {"$regex": "^" + re.escape(value)}}


OPERATORS: dict[str, Callable[[str, Any], Document]] = {
    "eq": _equal,
    "ne": _unequal,
    "gt": _greater,
    "ge": _greater_or_equal,
    "lt": _less,
    "le": _less_or_equal,
    "in": _one_of,
    "exists": _exists,
    "prefix": _prefixed,
}
