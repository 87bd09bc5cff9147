"""Slots: the checks of one member of a JSON object (https://hl7.org/fhir/R4/json.html#primitive).

A slot sees the object as well, because a primitive and its extensions stand beside each other there, as `birthDate`
and `_birthDate`; in arrays they are aligned by position, and null fills the places where one of the two is absent.
"""

from collections.abc import Callable
from typing import Any

from gateway.fhir.validate.findings import MOST, Check, ValidationIssue, beneath, no_further, wrong_kind

Slot = Callable[[Any, dict[str, Any]], list[ValidationIssue]]

_NOTHING = "ele-1: an element must have a value or an extension"


def anything(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
    return []


def one(path: str, check: Check) -> Slot:
    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        found = check(value)
        return beneath(path, found) if found else found

    return slot


def many(path: str, check: Check) -> Slot:
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
    """Like `many`, but null may stand where `_key` holds extensions: the slot of `_key` sees whether it does."""
    values = many(path, check)
    values_or_null = many(path, lambda item: [] if item is None else check(item))

    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        return (values_or_null if "_" + key in owner else values)(value, owner)

    return slot


def shadow(path: str, key: str, check: Check) -> Slot:
    """`_key` beside a single primitive."""

    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        if found := check(value):
            return beneath(path, found)
        if key not in owner and "extension" not in value:
            return [ValidationIssue(path, "invariant", _NOTHING)]
        return []

    return slot


def shadows(path: str, key: str, check: Check) -> Slot:
    """`_key` beside an array of primitives: as long as that array, and something in each place in one of the two."""
    shape = many(path, lambda item: [] if item is None else check(item))

    def slot(value: Any, owner: dict[str, Any]) -> list[ValidationIssue]:
        if found := shape(value, owner):
            return found
        beside = owner.get(key, [None] * len(value))
        if type(beside) is not list:
            return []  # said already by the slot of `key`
        if len(beside) != len(value):
            return [ValidationIssue(path, "structure", f"{key} has {len(beside)} places and _{key} has {len(value)}")]
        return [
            ValidationIssue(f"{path}[{index}]", "invariant", _NOTHING)
            for index, (plain, extra) in enumerate(zip(beside, value, strict=True))
            if plain is None and (extra is None or "extension" not in extra)
        ]

    return slot
