"""The members that a type allows in its JSON object: their names, the required ones, and those of choices."""

import re
from typing import Any

from gateway.fhir import r4
from gateway.fhir.validate.findings import ValidationIssue
from gateway.fhir.validate.slots import Slot, anything

_NAME = re.compile(r"[A-Za-z]\w{0,63}", re.ASCII)
_SHOWN = 64
"""Characters of an unknown key that are compared and shown. A key may have millions."""


def members(name: str, element: r4.Element) -> list[tuple[str, str]]:
    """Return (JSON name, type) of each form of an element: `valueString`, `valueQuantity` and so on for `value[x]`."""
    if not element.choice:
        return [(name, code) for code in element.types]
    return [(name + code[0].upper() + code[1:], code) for code in element.types]


class Shape:
    """The members of one type.

    slots: the slot of each JSON name. `elements` fills it, when the checks of the types below exist.
    required: JSON name and `_name` of each required element.
    choices: JSON name -> the choice it belongs to, and its name without an underscore.
    """

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
        """Return the issue of a key that has no slot."""
        bare = key.lstrip("_")
        path = "." + bare if _NAME.fullmatch(bare) else ""
        for choice, (name, _) in self.choices.items():
            if name == bare:
                return ValidationIssue(path, "structure", f"{name}[x] is written with its type, as in {choice!r}")
        folded = key[:_SHOWN].lower()
        meant = next((known for known in self.slots if known.lower() == folded), None)
        hint = f"; is {meant!r} meant?" if meant else ""
        return ValidationIssue(path, "structure", f"unknown element {key[:_SHOWN]!r} in {self._type}{hint}")

    def absent(self, value: dict[str, Any]) -> list[ValidationIssue]:
        """Return an issue for each required element that is absent."""
        return [
            ValidationIssue(f".{name}", "required", f"{name} is required in {self._type}")
            for name, shadow in self.required
            if name not in value and shadow not in value
        ]

    def chosen(self, value: dict[str, Any]) -> list[ValidationIssue]:
        """Return the issues of choices: two members of one choice, and required choices without a member."""
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
