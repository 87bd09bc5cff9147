"""Findings and their text."""

import pytest

from gateway.mapping.lint.finding import LintFinding, fault
from gateway.mapping.source.file_fault import FileFault


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (LintFinding("m.yaml", 4, "sex", "warning", "doubtful"), "m.yaml:4: field sex: warning: doubtful"),
        (LintFinding("m.yaml", 4, "sex", "error", "wrong"), "m.yaml:4: field sex: wrong"),
        (LintFinding("m.yaml", 0, "", "note", "odd"), "m.yaml: note: odd"),
    ],
)
def test_the_text_names_place_field_and_severity(finding: LintFinding, text: str) -> None:
    assert str(finding) == text


@pytest.mark.parametrize("reason", ["wrong", "field x: is how this reason begins", "several\nlines: 3"])
def test_a_fault_is_an_error_with_the_same_text(reason: str) -> None:
    error = FileFault("m.yaml", 4, reason, "sex")
    assert fault(error) == LintFinding("m.yaml", 4, "sex", "error", reason)
    assert str(fault(error)) == error.text
