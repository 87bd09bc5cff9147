from fhir.resources.R4B.operationoutcome import OperationOutcome

from gateway.errors import Issue
from gateway.fhir.outcome import outcome


def test_every_issue_becomes_an_issue_with_its_path() -> None:
    day = Issue("error", "value", "no such day", "Patient.birthDate")
    issues = [day, Issue("warning", "invariant", "no narrative")]
    assert outcome(issues) == {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "error", "code": "value", "diagnostics": "no such day", "expression": ["Patient.birthDate"]},
            {"severity": "warning", "code": "invariant", "diagnostics": "no narrative"},
        ],
    }


def test_no_issues_are_an_outcome_too() -> None:
    assert outcome([])["issue"][0]["severity"] == "information"


def test_an_outcome_is_valid_fhir() -> None:
    for issues in ([], [Issue("fatal", "structure", "x", "Patient")]):
        assert OperationOutcome.model_validate(outcome(issues)).issue
