"""What one type allows in its JSON object: names, which of them must be there, which exclude each other."""

import re
from typing import Any

from gateway.fhir import r4
from gateway.fhir.validate.findings import ValidationIssue
from gateway.fhir.validate.slots import Slot, anything

_NAME = re.compile(r"[A-Za-z]\w{0,63}", re.ASCII)
_LONGEST = 64
"""Characters of an unknown key that are looked at and shown: it may have millions."""


def members(name: str, element: r4.Element) -> list[tuple[str, str]]:
    """(JSON name, type) of each form of an element: `value` of `value[x]` gives `valueString`, `valueQuantity`…"""
    if not element.choice:
        return [(name, code) for code in element.types]
    return [(name + code[0].upper() + code[1:], code) for code in element.types]


class Shape:
    """`slots` is filled by its maker, once the checks of the types below exist."""

    def __init__(self, type_: str) -> None:
        self._type = type_
        self.slots: dict[str, Slot] = {}
        self.required: list[tuple[str, str]] = []
        self.choices: dict[str, tuple[str, str]] = {}
        self._required_choices: list[str] = []
        if r4.types()[type_].kind == "resource":
            self.slots["resourceType"] = anything
        for name, element in r4.types()[type_].elements.items():
            self._add(name, element)

    def _add(self, name: str, element: r4.Element) -> None:
        if not element.choice:
            if element.min:
                self.required.append((name, "_" + name))
            return
        if element.min:
            self._required_choices.append(name)
        for key, _ in members(name, element):
            self.choices[key] = self.choices["_" + key] = (name, key)

    def unknown(self, key: str) -> ValidationIssue:
        """Why `key`, which has no slot, is refused."""
        bare = key.lstrip("_")
        path = "." + bare if _NAME.fullmatch(bare) else ""
        for choice, (name, _) in self.choices.items():
            if name == bare:
                return ValidationIssue(path, "structure", f"{name}[x] is written with its type, as in {choice!r}")
        folded = key[:_LONGEST].lower()
        meant = next((known for known in self.slots if known.lower() == folded), None)
        hint = f"; is {meant!r} meant?" if meant else ""
        return ValidationIssue(path, "structure", f"unknown element {key[:_LONGEST]!r} in {self._type}{hint}")

    def absent(self, value: dict[str, Any]) -> list[ValidationIssue]:
        return [
            ValidationIssue(f".{name}", "required", f"{name} is required in {self._type}")
            for name, shadow in self.required
            if name not in value and shadow not in value
        ]

    def chosen(self, value: dict[str, Any]) -> list[ValidationIssue]:
        """Faults of the choices: at most one member of each, and one of each that is required."""
        seen = {self.choices[key] for key in value if key in self.choices}
        if len(seen) < 2 and not self._required_choices:
            return []
        members_of: dict[str, list[str]] = {}
        for name, key in sorted(seen):
            members_of.setdefault(name, []).append(key)
        found = [
            ValidationIssue(f".{name}", "structure", f"{name}[x] may have one value, found {' and '.join(keys)}")
            for name, keys in members_of.items()
            if len(keys) > 1
        ]
        missing = (name for name in self._required_choices if name not in members_of)
        return found + [
            ValidationIssue(f".{name}", "required", f"{name}[x] is required in {self._type}") for name in missing
        ]
