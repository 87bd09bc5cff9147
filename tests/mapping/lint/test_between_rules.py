"""Checks of the rules of one file against each other."""

from pathlib import Path

import pytest

from gateway.mapping.lint.between_rules import duplicates, overlaps
from gateway.mapping.lint.rule import rules
from gateway.mapping.source.yaml_source import parse


def found(first: str, second: str) -> list[str]:
    text = f"resource: Patient\ncollection: c\nfields:\n  a: {{{first}}}\n  b: {{{second}}}\n"
    listed = [*rules(parse(Path("m.yaml"), text.encode()))]
    return [finding.text for check in (duplicates, overlaps) for finding in check(listed)]


@pytest.mark.parametrize(
    ("first", "second", "texts"),
    [
        ("path: gender, type: code", "path: birthDate, type: date", []),
        (
            "path: gender, type: code",
            "path: gender, type: code, read-only: true",
            ["reads 'gender' as code, as field a does (line 4)"],
        ),
        ("path: gender, type: code", "path: gender, type: text, read-only: true", []),
        (
            "path: maritalStatus, type: concept",
            "path: maritalStatus.text, type: text",
            ["writes 'maritalStatus.text', which field a (line 4) writes too: make one of them `read-only: true`"],
        ),
        ("path: name.where(use='old').text, type: text", "path: name.where(use='usual').text, type: text", []),
        ("path: birthDate, type: date", "path: birthDate.extension('urn:x').value.ofType(code), type: code", []),
    ],
)
def test_two_rules_are_compared(first: str, second: str, texts: list[str]) -> None:
    assert found(first, second) == texts
