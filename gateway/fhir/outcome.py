"""Write issues as an OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html)."""

from collections.abc import Sequence
from typing import Any

from gateway.errors import Issue
from gateway.fhir.fhir_json import Resource

_NOTHING_WRONG = Issue("information", "informational", "No issues detected.")


def outcome(issues: Sequence[Issue]) -> Resource:
    """Return the OperationOutcome of `issues`. R4 requires at least one, so without issues it has one that says so."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues or (_NOTHING_WRONG,)]}


def _issue(issue: Issue) -> dict[str, Any]:
    row: dict[str, Any] = {"severity": issue.severity, "code": issue.code, "diagnostics": issue.text}
    if issue.expression:
        row["expression"] = [issue.expression]
    return row
