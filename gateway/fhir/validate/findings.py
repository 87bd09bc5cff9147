"""What a check says: a list of findings, empty when all is well, each with its path below the value checked.

Nothing on the way down builds a path: it grows on the way up, and only when there is something to say.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from gateway.errors import Severity


class ValidationIssue(NamedTuple):
    """`path` is FHIRPath relative to the value checked: "" for the value itself, ".name[0].family" below it."""

    path: str
    code: str
    text: str
    severity: Severity = "error"


Check = Callable[[Any], list[ValidationIssue]]

_JSON_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
_SHOWN = 60

MOST = 1_000
"""How many findings of one list or object are enough: a flood would cost seconds and megabytes, and helps nobody."""


def beneath(path: str, findings: list[ValidationIssue]) -> list[ValidationIssue]:
    return [finding._replace(path=path + finding.path) for finding in findings]


def no_further(path: str) -> ValidationIssue:
    return ValidationIssue(path, "too-costly", f"more than {MOST} findings: what follows was not looked at")


def wrong_kind(expected: str, value: Any) -> list[ValidationIssue]:
    """`value` is the wrong kind of JSON."""
    return [ValidationIssue("", "structure", f"expected {expected}, found {_JSON_KINDS.get(type(value), 'a number')}")]


def wrong_value(expected: str, value: Any) -> list[ValidationIssue]:
    """`value` is the right kind of JSON, and not one of the values the type allows."""
    return [ValidationIssue("", "value", f"{shown(value)} is not {expected}")]


def shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
