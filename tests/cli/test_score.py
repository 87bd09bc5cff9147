"""`gateway score`: what is said of one patient and of all."""

from tests.cli.conftest import Terminal


def test_all_patients_of_an_empty_database_are_none(gateway: Terminal) -> None:
    answer = gateway("score")
    assert answer.exit_code == 0, answer.output
    assert answer.output.splitlines()[-1] == "0 patients: 0 new assessments, 0 scores without a result"


def test_one_patient_is_told_what_is_missing_for_each_score(gateway: Terminal) -> None:
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1960-05-01"}
    assert gateway("import", gateway.file("p.json", patient), "--source", "ward").exit_code == 0
    all_of_them = gateway("score", "--json")
    assert all_of_them.exit_code == 0 and '"patients": 1' in all_of_them.output
    told = gateway("score")
    assert told.output.splitlines()[-1].startswith("1 patient: 0 new assessments, ")
