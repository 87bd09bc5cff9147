"""Checks of one rule."""

from pathlib import Path

import pytest

from gateway.mapping.lint import checks
from gateway.mapping.lint.rule import rules
from gateway.mapping.source.yaml_source import parse


def found(words: str, type_: str = "Patient") -> list[tuple[str, str]]:
    text = f"resource: {type_}\ncollection: c\nfields: {{a: {{{words}}}}}\n"
    [rule] = rules(parse(Path("m.yaml"), text.encode()))
    return [(check.__name__, finding.severity) for check in checks.CHECKS for finding in check(rule)]


@pytest.mark.parametrize(
    ("words", "type_", "expected"),
    [
        ("path: gender, type: code", "Patient", []),
        ("path: name, type: name, list: true", "Patient", []),
        ("path: name, type: name", "Patient", [("multiplicity", "warning")]),
        ("path: gender, type: code, list: true", "Patient", [("multiplicity", "note")]),
        ("path: name.where(use='old'), type: name", "Patient", [("multiplicity", "note")]),
        ("path: name.where(use='odl'), type: name, list: true", "Patient", [("dead", "warning")]),
        ("path: subject, type: key, to: Patient, read-only: true", "Observation", []),
        ("path: subject, type: key, to: Encounter, read-only: true", "Observation", [("target", "warning")]),
        ("path: status, type: code, default: final", "Observation", [("default", "warning")]),
        ("path: gender, type: code, default: unknown", "Patient", []),
        ("path: gender, type: code, codes: {male: M}", "Patient", [("codes", "warning")]),
        ("path: gender, type: code, codes: {male: M}, uncovered: keep", "Patient", [("codes", "note")]),
        ("path: gender, type: code, codes: {male: M, female: F, other: O, unknown: U}, uncovered: keep", "Patient",
         [("codes", "warning")]),
        ("path: 'today()', type: date, read-only: true", "Patient", [("changing", "warning")]),
    ],
)  # fmt: skip
def test_each_doubt_is_found_by_its_check(words: str, type_: str, expected: list[tuple[str, str]]) -> None:
    assert found(words, type_) == expected
