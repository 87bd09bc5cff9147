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


def test_what_is_no_fhirpath_is_an_error(file: Path) -> None:
    result = invoke("Patient.name[", file)
    assert result.exit_code == 1
    assert "syntax error" in result.stderr


def test_a_line_that_is_no_json_is_named_and_fails_the_command(file: Path) -> None:
    file.write_text(f"{TEXT}\n{{\n")
    result = invoke("Patient.name.given", file)
    assert result.exit_code == 1
    assert "patients.ndjson:2" in result.stderr and '"Eva"' in result.stdout
