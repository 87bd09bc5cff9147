"""Make slots: the checks of the members of a JSON object (https://hl7.org/fhir/R4/json.html#primitive).

A slot gets the object too, because a primitive and its extensions stand beside each other in it, as `birthDate` and
`_birthDate`. In arrays they are aligned by position, with null where one of them is absent.
"""

from collections.abc import Callable
from typing import Any

from gateway.fhir.validate.findings import MOST, Check, ValidationIssue, beneath, no_further, wrong_kind

Slot = Callable[[Any, dict[str, Any]], list[ValidationIssue]]
"""Returns the issues of a member, called with its value and the object."""

_NOTHING = "ele-1: an element must have a value or an extension"


def anything(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
    """Accept any value."""
    return []


def one(path: str, check: Check) -> Slot:
    """Return the slot of an element that cannot repeat."""

    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        found = check(value)
        return beneath(path, found) if found else found

    return slot


def many(path: str, check: Check) -> Slot:
    """Return the slot of an element that may repeat."""

    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        if type(value) is not list:
            inner = check(value) if type(value) is dict else []
            return beneath(path, wrong_kind("an array", value) + inner)
        if not value:
            return [ValidationIssue(path, "structure", "an array must not be empty")]
        found: list[ValidationIssue] = []
        for index, item in enumerate(value):
            if bad := check(item):
                found += beneath(f"{path}[{index}]", bad)
                if len(found) >= MOST:
                    return [*found, no_further(path)]
        return found

    return slot


def many_primitive(path: str, key: str, check: Check) -> Slot:
    """Return the slot of a primitive that may repeat. With `_key`, null is allowed; `shadows` checks where."""
    values = many(path, check)
    values_or_null = many(path, lambda item: [] if item is None else check(item))

    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        return (values_or_null if "_" + key in owner else values)(value, owner)

    return slot


def shadow(path: str, key: str, check: Check) -> Slot:
    """Return the slot of `_key` beside a primitive that cannot repeat."""

    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        if found := check(value):
            return beneath(path, found)
        if key not in owner and "extension" not in value:
            return [ValidationIssue(path, "invariant", _NOTHING)]
        return []

    return slot


def shadows(path: str, key: str, check: Check) -> Slot:
    """Return the slot of `_key` beside an array. Both must have the same length, and no place may be empty in both."""
    shape = many(path, lambda item: [] if item is None else check(item))

    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        if found := shape(value, owner):
            return found
        beside = owner.get(key, [None] * len(value))
        if type(beside) is not list:
            return []  # the slot of `key` reports it
        if len(beside) != len(value):
            return [ValidationIssue(path, "structure", f"{key} has {len(beside)} places and _{key} has {len(value)}")]
        return [
            ValidationIssue(f"{path}[{index}]", "invariant", _NOTHING)
            for index, (plain, extra) in enumerate(zip(beside, value, strict=True))
            if plain is None and (extra is None or "extension" not in extra)
        ]

    return slot
