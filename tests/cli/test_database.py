"""The commands that work on a database: import, score, doctor, and the dead letters between them."""

import json

from tests.cli.conftest import Terminal

PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1980-05-01"}


def quantity(name: str, code: str, value: float, unit: str) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-01-02T08:00:00Z",
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    }


def test_import_score_and_doctor_tell_one_story(gateway: Terminal) -> None:
    wrong = {**PATIENT, "id": "p2", "gender": "xx"}
    files = [
        gateway.file("a.json", PATIENT),
        gateway.file("b.json", quantity("w", "29463-7", 80, "kg")),
        gateway.file("c.json", quantity("h", "8302-2", 2, "m")),
        gateway.file("d.json", wrong),
    ]
    loaded = gateway("import", *files)
    assert loaded.exit_code == 1 and "stored 3, refused 1" in loaded.output

    letters = json.loads(gateway("sync", "letters", "--json").output)
    assert [(letter["source"], letter["key"]) for letter in letters] == [("import", files[3])]
    assert "Patient.gender" in letters[0]["detail"]

    scored = gateway("score", "p1")
    assert scored.exit_code == 0, scored.output
    assert "20.0 kg/m2" in scored.output
    assert "FIB-4 index: no score" in scored.output

    examined = gateway("doctor")
    assert examined.exit_code == 1 and "1 wait for a person" in examined.output
    assert "resources" in examined.output and "agree" in examined.output

    loose = gateway("doctor", "--references", "--quick")
    assert "all that search parameters know lead to a resource" in loose.output

    again = gateway("import", "--again")
    assert "stored 0, refused 1" in again.output
    assert len(json.loads(gateway("sync", "letters", "--json").output)) == 1


def test_the_doctor_lists_references_that_lead_nowhere(gateway: Terminal) -> None:
    gateway("import", gateway.file("b.json", quantity("w", "29463-7", 80, "kg")))
    examined = gateway("doctor", "--references", "--json")
    findings = {one["what"]: one["detail"] for one in json.loads(examined.output)}
    assert findings["Observation to Patient"] == "1 by subject lead nowhere, as in Observation/w"
    assert examined.exit_code == 0


def test_an_unknown_patient_is_said_to_be_unknown(gateway: Terminal) -> None:
    result = gateway("score", "nobody")
    assert (result.exit_code, "Patient/nobody" in result.output) == (1, True)
    assert "Traceback" not in result.output


def test_import_without_anything_to_import_says_what_it_wants(gateway: Terminal) -> None:
    assert gateway("import").exit_code == 2
    missing = gateway("import", str(gateway.folder / "nothing.json"))
    assert missing.exit_code == 2 and "no such file" in missing.output
