"""The issues that checks return, and functions to make them.

A check of a valid value builds no path. An issue begins with an empty path, to which each check on the way up adds its
step (`beneath`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from gateway.errors import Severity


class ValidationIssue(NamedTuple):
    """One issue of a value.

    path: FHIRPath from the checked value: "" for the value itself, ".name[0].family" for an element below it.
    code: an issue type of FHIR, or the code of a question (`contexts.CONTEXT`, `targets.FRAGMENT`).
    """

    path: str
    code: str
    text: str
    severity: Severity = "error"


Check = Callable[[Any], list[ValidationIssue]]
"""Returns the issues of a JSON value, [] if it is valid."""

_JSON_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
_SHOWN = 60

MOST = 1_000
"""The issues of one list or object that are reported. More would cost seconds and megabytes, and help nobody."""


def beneath(path: str, issues: list[ValidationIssue]) -> list[ValidationIssue]:
    """Return the issues with `path` before their paths."""
    return [issue._replace(path=path + issue.path) for issue in issues]


def no_further(path: str) -> ValidationIssue:
    """Return the issue that ends a list of too many issues."""
    return ValidationIssue(path, "too-costly", f"more than {MOST} findings: what follows was not looked at")


def wrong_kind(expected: str, value: Any) -> list[ValidationIssue]:
    """Report a wrong kind of JSON."""
    return [ValidationIssue("", "structure", f"expected {expected}, found {_JSON_KINDS.get(type(value), 'a number')}")]


def wrong_value(expected: str, value: Any) -> list[ValidationIssue]:
    """Report a value of the right kind of JSON that its type does not allow."""
    return [ValidationIssue("", "value", f"{shown(value)} is not {expected}")]


def shown(value: Any) -> str:
    """Return the beginning of a value in quotes, for a message."""
    text = str(value)
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
