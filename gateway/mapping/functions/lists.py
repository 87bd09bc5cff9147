"""Functions on any list."""

from typing import Any

from gateway.mapping.functions.shape import Function


def distinct(values: list[Any]) -> list[Any]:
    """Each value once, in the order of its first appearance."""
    return list(dict.fromkeys(values))


_HASHABLE = frozenset({"text", "code", "token", "key", "boolean", "integer", "decimal", "date", "time"})

FUNCTIONS = (Function("distinct", distinct, _HASHABLE, many=True),)
