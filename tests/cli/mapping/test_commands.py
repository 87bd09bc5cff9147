"""`gateway map try`: the document, and which line of the mapping read what."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.fhir import fhir_json
from tests.cli.conftest import Terminal


def test_a_resource_is_shown_as_its_document_with_the_rules_that_made_it(gateway: Terminal) -> None:
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "name": [{"family": "Ng"}]}
    result = gateway("map", "try", gateway.file("p.json", patient), data=False)
    assert result.exit_code == 0, result.output
    assert "patient.yaml:" in result.output and '"display_name": "Ng"' in result.output


def test_the_way_back_is_shown_with_what_only_the_resource_has(gateway: Terminal) -> None:
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "photo": [{"title": "me"}]}
    file = gateway.file("p.json", patient)
    result = gateway("map", "try", file, data=False)
    assert "with the resource it came from: byte for byte" in result.output
    assert "only in the resource: photo" in result.output
    report = fhir_json.parse(gateway("map", "try", file, "--json", data=False).stdout)
    assert report["documents"] == [{"collection": "patients", "document": {"_id": "p1", "sex": "female"}}]
    assert [row["field"] for row in report["trace"] if row["value"]] == ["sex"]
    assert report["back"]["unchanged"] is True and report["back"]["missing"] == ["photo"]
    assert report["back"]["alone"] == {"resourceType": "Patient", "id": "p1", "gender": "female"}


def test_what_is_not_valid_alone_is_told(gateway: Terminal) -> None:
    file = gateway.file("o.json", {"resourceType": "Observation", "code": {"text": "x"}})
    result = gateway("map", "try", file, "--no-trace", data=False)
    assert "error: Observation.status: " in result.output


def test_a_broken_mapping_is_answered_with_file_line_and_field(gateway: Terminal) -> None:
    folder = gateway.folder / "mappings"
    folder.mkdir()
    (folder / "patient.yaml").write_text(
        "resource: Patient\ncollection: patients\nfields:\n  sex: {path: gendr, type: code}\n"
    )
    file = gateway.file("p.json", {"resourceType": "Patient", "id": "p1"})
    result = gateway("map", "try", file, "--mappings", str(folder), data=False)
    said = result.output
    assert result.exit_code == 2 and "patient.yaml:4" in said and "sex" in said


def test_check_tells_all_that_is_wrong_and_fails(gateway: Terminal) -> None:
    folder = gateway.folder / "mappings"
    folder.mkdir()
    (folder / "patient.yaml").write_text(
        "resource: Patient\ncollection: patients\nfields:\n  sex: {path: gendr, type: code}\n  a: {path: id, type: x}\n"
    )
    result = gateway("map", "check", str(folder), data=False)
    lines = [line for line in result.output.splitlines() if "patient.yaml:" in line]
    assert result.exit_code == 1
    assert ["patient.yaml:4: field sex: " in lines[0], "patient.yaml:5: field a: " in lines[1]] == [True, True]


def test_check_as_json_and_its_exit_codes(gateway: Terminal) -> None:
    assert fhir_json.parse(gateway("map", "check", "--json", data=False).stdout)["findings"] == []
    folder = gateway.folder / "mappings"
    folder.mkdir()
    (folder / "p.yaml").write_text(
        "resource: Patient\ncollection: p\nfields:\n  born: {path: birthDate, type: date, list: true}\n"
    )
    result = gateway("map", "check", str(folder), "--json", data=False)
    report = fhir_json.parse(result.stdout)
    assert (result.exit_code, report["errors"], report["warnings"], report["notes"]) == (0, 0, 0, 1)
    assert {"file", "line", "field", "severity", "text"} == {*report["findings"][0]}
    assert gateway("map", "check", str(gateway.folder / "nowhere"), data=False).exit_code == 2


def test_schema_prints_a_json_schema(gateway: Terminal) -> None:
    result = gateway("map", "schema", data=False)
    assert result.exit_code == 0 and fhir_json.parse(result.stdout)["$schema"].startswith("https://json-schema.org/")


MAPPING = "resource: Patient\ncollection: patients\nfields:\n  sex: {path: gender, type: code}\n"


def golden(gateway: Terminal, document: object = None) -> Path:
    folder = gateway.folder / "mappings"
    (folder / "golden").mkdir(parents=True)
    (folder / "patient.yaml").write_text(MAPPING)
    gateway.file("mappings/golden/patient.one.fhir.json", {"resourceType": "Patient", "gender": "male"})
    if document is not None:
        gateway.file("mappings/golden/patient.one.document.json", document)
    return folder


def test_test_shows_what_differs_and_fails(gateway: Terminal) -> None:
    folder = golden(gateway, {"sex": "female"})
    result = gateway("map", "test", str(folder), data=False)
    assert result.exit_code == 1
    assert all(part in result.output for part in ("patient.one", "sex", '"female"', '"male"', "1 pair, 1 differ"))
    report = fhir_json.parse(gateway("map", "test", str(folder), "--json", data=False).stdout)
    [told] = report["results"]
    assert report["failed"] == 1 and told["differences"] == [{"field": "sex", "expected": "female", "got": "male"}]


@pytest.mark.parametrize(
    ("words", "answer", "written"), [((), "y\n", True), ((), "n\n", False), (("--yes",), "", True)]
)
def test_update_shows_the_difference_and_writes_when_told_to(
    gateway: Terminal, words: tuple[str, ...], answer: str, written: bool
) -> None:
    folder = golden(gateway, {"sex": "female"})
    result = CliRunner().invoke(app, ["map", "test", str(folder), "--update", *words], input=answer)
    document = fhir_json.parse((folder / "golden" / "patient.one.document.json").read_bytes())
    assert '"female"' in result.output and document == {"sex": "male" if written else "female"}
    assert result.exit_code == (0 if written else 1)


def test_update_makes_documents_that_are_missing(gateway: Terminal) -> None:
    folder = golden(gateway)
    assert gateway("map", "test", str(folder), data=False).exit_code == 1
    assert gateway("map", "test", str(folder), "--update", "--yes", data=False).exit_code == 0
    assert gateway("map", "test", str(folder), data=False).exit_code == 0


def test_a_folder_without_pairs_proves_nothing(gateway: Terminal) -> None:
    folder = gateway.folder / "mappings"
    folder.mkdir()
    (folder / "patient.yaml").write_text(MAPPING)
    assert gateway("map", "test", str(folder), data=False).exit_code == 1


def test_coverage_tells_what_no_rule_reads_in_files_bundles_and_lists(gateway: Terminal) -> None:
    patient = {"resourceType": "Patient", "gender": "male", "photo": [{"title": "me"}]}
    gateway.file("bundle.json", {"resourceType": "Bundle", "entry": [{"resource": patient}, {"request": {}}]})
    gateway.file(
        "list.ndjson", fhir_json.dump(patient) + b"\n" + fhir_json.dump({"resourceType": "Device"}) + b"\nnonsense\n"
    )
    result = gateway("map", "coverage", str(gateway.folder), "--json", data=False)
    assert result.exit_code == 0
    report = fhir_json.parse(result.stdout)
    [told] = report["types"]
    assert (told["resource"], told["resources"], told["values"], told["read"]) == ("Patient", 2, 4, 2)
    example = f"{gateway.folder}/bundle.json#Bundle.entry[0]"
    assert told["unread"] == [{"element": "photo", "resources": 2, "occurrences": 2, "example": example}]
    assert report["without_mapping"] == {"Device": 1} and report["unreadable"] == 1


def test_coverage_is_shown_as_a_table(gateway: Terminal) -> None:
    file = gateway.file("p.json", {"resourceType": "Patient", "gender": "male", "photo": [{"title": "me"}]})
    result = gateway("map", "coverage", file, data=False)
    assert "1 resource, 50.0% of 2 values read" in result.output and "photo" in result.output
    assert gateway("map", "coverage", str(gateway.folder / "nowhere"), data=False).exit_code == 2


def test_a_proof_passes_over_nothing(gateway: Terminal) -> None:
    broken = gateway.file("broken.json", None)
    Path(broken).write_text('{"resourceType": "Patient"', "utf-8")
    told = gateway("map", "prove", broken, "--json", data=False)
    assert told.exit_code == 1 and "could not be read" in told.output
    assert '"unreadable": 1' in told.output
    device = gateway.file("device.json", {"resourceType": "Device", "id": "d"})
    told = gateway("map", "prove", device, data=False)
    assert told.exit_code == 1 and "nothing was proved" in told.output


def test_a_mapping_that_no_golden_pair_tries_is_told(gateway: Terminal) -> None:
    folder = gateway.folder / "mappings"
    gateway("map", "init", str(folder), data=False)
    for pair in (folder / "golden").glob("immunization.*"):
        pair.unlink()
    told = gateway("map", "test", str(folder), data=False)
    assert told.exit_code == 0
    assert [line for line in told.output.splitlines() if "no golden pair" in line] == [
        f"{folder}/immunization.yaml: no golden pair tries this mapping"
    ]
