"""Functions on lists of any values."""

from typing import Any

from gateway.mapping.functions.function import Function


def distinct(values: list[Any]) -> list[Any]:
    """Return each value once, in the order of first appearance."""
    return list(dict.fromkeys(values))


def trimmed(values: list[str]) -> list[str] | None:
    """Return each text once, without blanks around it; None if only blanks were sent."""
    return distinct([stripped for value in values if (stripped := value.strip())]) or None


_HASHABLE = frozenset(
    {"text", "code", "token", "key", "boolean", "integer", "decimal", "date", "time", "name_key", "phone"}
)

FUNCTIONS = (
    Function("distinct", distinct, _HASHABLE, many=True),
    Function("trimmed", trimmed, frozenset({"text", "code"}), many=True),
)
