"""`gateway map try`: the document, and which line of the mapping read what."""

from gateway.fhir import json
from tests.cli.conftest import Terminal


def test_a_resource_is_shown_as_its_document_with_the_rules_that_made_it(gateway: Terminal) -> None:
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "name": [{"family": "Ng"}]}
    result = gateway("map", "try", gateway.file("p.json", patient), data=False)
    assert result.exit_code == 0, result.output
    assert "patient.yaml:" in result.output and '"display_name": "Ng"' in result.output


def test_a_broken_mapping_is_answered_with_file_line_and_field(gateway: Terminal) -> None:
    folder = gateway.folder / "mappings"
    folder.mkdir()
    (folder / "patient.yaml").write_text(
        "resource: Patient\ncollection: patients\nfields:\n  sex: {path: gendr, type: code}\n"
    )
    file = gateway.file("p.json", {"resourceType": "Patient", "id": "p1"})
    result = gateway("map", "try", file, "--mappings", str(folder), data=False)
    said = result.output.replace("\n", "")
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
    result = gateway("map", "check", "--json", data=False)
    assert result.exit_code == 0
    report = json.parse(result.stdout)
    assert report["errors"] == report["warnings"] == 0
    assert {"file", "line", "field", "severity", "text"} == {*report["findings"][0]}
    assert gateway("map", "check", str(gateway.folder / "nowhere"), data=False).exit_code == 2


def test_schema_prints_a_json_schema(gateway: Terminal) -> None:
    result = gateway("map", "schema", data=False)
    assert result.exit_code == 0 and json.parse(result.stdout)["$schema"].startswith("https://json-schema.org/")
