"""`gateway map try`: the document, and which line of the mapping read what."""

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
