"""`gateway fhirpath` from the outside."""

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app

TEXT = '{"resourceType":"Patient","name":[{"given":["Eva","Ä"]}],"extension":[{"url":"x","valueDecimal":1.00}]}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "patients.ndjson"
    path.write_text(f"{TEXT}\n{TEXT}\n")
    return path


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["fhirpath", *map(str, arguments)])


def test_each_result_is_a_line_of_json(file: Path) -> None:
    result = invoke("Patient.name.given", file)
    assert (result.exit_code, result.stdout) == (0, '"Eva"\n"Ä"\n' * 2)


def test_types_can_be_shown_and_decimals_keep_their_digits(file: Path) -> None:
    assert invoke("extension.value", file, "--types").stdout == "decimal 1.00\n" * 2


def test_strict_refuses_what_the_type_does_not_have(file: Path) -> None:
    assert invoke("Patient.nonsense", file).exit_code == 0
    result = invoke("Patient.nonsense", file, "--strict")
    assert result.exit_code == 1
    assert "no element nonsense" in result.stderr


@pytest.mark.parametrize(
    ("expression", "note"),
    [
        ("Patient.name.gven", "HumanName has no element gven; did you mean given?"),
        ("name.first().familiy", "did you mean family?"),
        ("Patient.birthdate", "did you mean birthDate?"),
        ("Observation.value", "the input is not of type Observation"),
    ],
)
def test_an_expression_that_can_find_nothing_gets_a_note(file: Path, expression: str, note: str) -> None:
    result = invoke(expression, file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.count("note: in a Patient this finds nothing: ") == 1
    assert note in result.stderr


def test_an_expression_that_finds_something_in_one_type_gets_none(file: Path) -> None:
    file.write_text(f'{TEXT}\n{{"resourceType":"Observation","status":"final"}}\n')
    result = invoke("Patient.name.given", file)
    assert (result.exit_code, result.stdout, result.stderr) == (0, '"Eva"\n"Ä"\n', "")
    assert invoke("Patient.photo", file).stderr == ""


def test_what_is_no_fhirpath_is_an_error(file: Path) -> None:
    result = invoke("Patient.name[", file)
    assert result.exit_code == 1
    assert "syntax error" in result.stderr


def test_a_line_that_is_no_json_is_named_and_fails_the_command(file: Path) -> None:
    file.write_text(f"{TEXT}\n{{\n")
    result = invoke("Patient.name.given", file)
    assert result.exit_code == 1
    assert "patients.ndjson:2" in result.stderr and '"Eva"' in result.stdout
