"""What documents are asked for by: conditions on their fields, as a filter of MongoDB.

Conditions on one list of objects are about the same item: `components.code_keys` and `components.value.number` are
those of one component. A condition that says what is not there (`ne`, `exists` false) is about the item that the
others pick, and where there are no others about all items: no name is "Smith".
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from gateway.store.layout.schema import Document


class PathStep(NamedTuple):
    """One name on the way into a document; `many` where a list stands there."""

    name: str
    many: bool = False


class Span(NamedTuple):
    """A time as it was written: all of what its precision leaves open, `start <= t < end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """`operator` is one of OPERATORS; `value` what it compares with: a str, int, Decimal, bool or Span, for `in` a
    sequence of them, for `exists` a bool. For `eq` and `ne` a sequence stands for any of its values."""

    path: tuple[PathStep, ...]
    operator: str
    value: Any

    @property
    def negative(self) -> bool:
        return self.operator == "ne" or (self.operator == "exists" and not self.value)


def where(conditions: Iterable[FieldCondition]) -> Document:
    """The filter of what fulfils all of them."""
    alone: list[Document] = []
    of_item: dict[str, list[FieldCondition]] = defaultdict(list)
    for condition in conditions:
        path = condition.path
        at = next((number for number, step in enumerate(path[:-1]) if step.many), None)
        if at is None:
            alone.append(_test(_dotted(path), condition))
        else:
            rest = FieldCondition(path[at + 1 :], condition.operator, condition.value)
            of_item[_dotted(path[: at + 1])].append(rest)
    for name, inside in of_item.items():
        if all(condition.negative for condition in inside):
            alone += [_test(f"{name}.{_dotted(condition.path)}", condition) for condition in inside]
        else:
            alone.append({name: {"$elemMatch": where(inside)}})
    return every(alone)


def every(filters: Sequence[Document]) -> Document:
    """The filter of what fulfils all `filters`."""
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


def _beyond(name: str, value: Any) -> Document:
    return {name: {"$gte": value.end} if isinstance(value, Span) else {"$gt": value}}


def _from(name: str, value: Any) -> Document:
    return {name: {"$gte": value.start if isinstance(value, Span) else value}}


def _before(name: str, value: Any) -> Document:
    return {name: {"$lt": value.start if isinstance(value, Span) else value}}


def _until(name: str, value: Any) -> Document:
    return {name: {"$lt": value.end} if isinstance(value, Span) else {"$lte": value}}


def _exists(name: str, value: bool) -> Document:
    return {name: {"$exists": value}}


def _beginning(name: str, value: str) -> Document:
    return {name: {"$regex": "^" + re.escape(value)}}


OPERATORS: dict[str, Callable[[str, Any], Document]] = {
    "eq": _equal,
    "ne": _unequal,
    "gt": _beyond,
    "ge": _from,
    "lt": _before,
    "le": _until,
    "in": _one_of,
    "exists": _exists,
    "prefix": _beginning,
}
