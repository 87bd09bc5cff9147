"""Read elements of a resource that was not validated. An element of a wrong type raises TypeError.

All functions that read terminology resources use these within `shaped`, which turns such errors into BadRequest.
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
    """Return `make`, which reads a resource, with BadRequest as its only error for a malformed resource."""

    @wraps(make)
    def read(resource: Row) -> _Made:
        try:
            return make(resource)
        except _OTHER:
            type_ = resource.get("resourceType")
            text = f"a malformed {type_ if isinstance(type_, str) else 'resource'}"
            raise BadRequest(text) from None

    return read


def text(row: Row, name: str) -> str | None:
    """Return a string, None if it is absent."""
    return _typed(row, name, str)


def flag(row: Row, name: str) -> bool | None:
    """Return a boolean, None if it is absent."""
    return _typed(row, name, bool)


def part(row: Row, name: str) -> Row | None:
    """Return an object, None if it is absent."""
    return _typed(row, name, dict)


def rows(row: Row, name: str) -> list[Row]:
    """Return a list of objects, [] if it is absent."""
    return _listed(row, name, dict)


def texts(row: Row, name: str) -> list[str]:
    """Return a list of strings, [] if it is absent."""
    return _listed(row, name, str)


def needed(row: Row, name: str) -> str:
    """Return a string. Raises KeyError if it is absent or empty."""
    value = text(row, name)
    if not value:
        raise KeyError(name)
    return value


def _typed(row: Row, name: str, kind: type[_Value]) -> _Value | None:
    value: _Value | None = row.get(name)
    if value is not None and type(value) is not kind:
        raise TypeError(name)
    return value


def _listed(row: Row, name: str, kind: type[_Value]) -> list[_Value]:
    items: list[_Value] = row.get(name, [])
    if type(items) is not list or any(type(item) is not kind for item in items):
        raise TypeError(name)
    return items
