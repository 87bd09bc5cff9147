"""The tests of SQL on FHIR v2 (FHIR/sql-on-fhir-v2), read from the shared folder beside the project."""

from pathlib import Path

import pytest

from gateway.fhir import fhir_json
from gateway.fhir.view.suite import Case, cases, fault

SUITE = Path(__file__).parents[3].parent / "shared" / "suites" / "sql-on-fhir"

# Cases that fail, each with the reason; strict, so that one which comes right must leave the list.
KNOWN: dict[str, str] = {}


def _cases() -> list[tuple[str, Case]]:
    files = sorted(SUITE.glob("*.json"))
    return [
        (f"{file.stem}: {case.title}", case) for file in files for case in cases(fhir_json.parse(file.read_bytes()))
    ]


def _marked(name: str, case: Case) -> object:
    marks = [pytest.mark.xfail(reason=KNOWN[name])] if name in KNOWN else []
    return pytest.param(case, id=name, marks=marks)


@pytest.mark.skipif(not SUITE.is_dir(), reason="the optional suite ../shared/suites/sql-on-fhir is not here")
@pytest.mark.parametrize("case", [_marked(name, case) for name, case in _cases()])
def test_a_case_of_the_suite_gives_the_rows_expected(case: Case) -> None:
    assert fault(case) == ""


def test_a_case_that_is_not_met_says_why() -> None:
    view = {"resource": "Patient", "select": [{"column": [{"name": "id", "path": "id"}]}]}
    patients = [{"resourceType": "Patient", "id": "a"}]
    assert fault(Case("rows", view, patients, [{"id": "b"}], None)) == 'other rows: [{"id":"a"}]'
    assert fault(Case("columns", view, patients, [{"id": "a"}], ["x"])) == "other columns"
    assert fault(Case("no error", view, patients, None, None)) == "an error was expected"
    assert fault(Case("error", {}, patients, [], None)) == "resource is missing"
