"""Elements of a resource that nobody has checked: each has the type it should have, or TypeError says so.

The models read everything through these, within `shaped`, so that what they hold can be relied upon.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from gateway.errors import BadRequest

Row = dict[str, Any]
_Made = TypeVar("_Made")
_Value = TypeVar("_Value")
_OTHER = (AttributeError, KeyError, TypeError, ValueError, RecursionError)


def shaped(make: Callable[[Row], _Made]) -> Callable[[Row], _Made]:
    """`make`, which reads a resource; raises BadRequest where that has not the shape of its type."""

    @wraps(make)
    def read(resource: Row) -> _Made:
        try:
            return make(resource)
        except _OTHER:
            type_ = resource.get("resourceType")
            text = f"a {type_ if isinstance(type_, str) else 'resource'} that is not of the shape of its type"
            raise BadRequest(text) from None

    return read


def text(row: Row, name: str) -> str | None:
    return _typed(row, name, str)


def flag(row: Row, name: str) -> bool | None:
    return _typed(row, name, bool)


def part(row: Row, name: str) -> Row | None:
    return _typed(row, name, dict)


def rows(row: Row, name: str) -> list[Row]:
    return _listed(row, name, dict)


def texts(row: Row, name: str) -> list[str]:
    return _listed(row, name, str)


def needed(row: Row, name: str) -> str:
    found = text(row, name)
    if not found:
        raise KeyError(name)
    return found


def _typed(row: Row, name: str, kind: type[_Value]) -> _Value | None:
    value: _Value | None = row.get(name)
    if value is not None and type(value) is not kind:
        raise TypeError(name)
    return value


def _listed(row: Row, name: str, kind: type[_Value]) -> list[_Value]:
    found: list[_Value] = row.get(name, [])
    if type(found) is not list or any(type(one) is not kind for one in found):
        raise TypeError(name)
    return found
