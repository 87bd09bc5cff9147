"""`gateway validate` from the outside."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app

GOOD, BAD = '{"resourceType":"Patient","gender":"male"}', '{"resourceType":"Patient","gender":"x"}'


@pytest.fixture(autouse=True)
def _no_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the folder in which the tests happen to run must not count."""
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "none"))


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["validate", *map(str, arguments)])


def test_findings_name_file_line_element_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "p.ndjson.gz"
    file.write_bytes(gzip.compress(f"{GOOD}\n{BAD}\n".encode()))
    result = invoke(file)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{file}:2: error: Patient.gender: 'x'")
    assert len(result.stdout.splitlines()) == 1
    assert "2 resources, 1 invalid" in result.stderr


def test_valid_files_give_no_output_and_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(GOOD)
    result = invoke(tmp_path)
    assert (result.exit_code, result.stdout) == (0, "")


def test_findings_can_come_as_one_json_object(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(BAD)
    (tmp_path / "q.json").write_text("{")
    found = json.loads(invoke(tmp_path, "--json").stdout)
    assert (found["resources"], found["invalid"]) == (2, 2)
    assert [(issue["file"], issue["expression"]) for issue in found["issues"]] == [
        (str(tmp_path / "p.json"), "Patient.gender"),
        (str(tmp_path / "q.json"), ""),
    ]


@pytest.mark.parametrize("content", [b"{", b"[]", b"not gzip"])
def test_what_cannot_be_read_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ("p.json.gz" if content == b"not gzip" else "p.json")
    file.write_bytes(content)
    result = invoke(file)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{file}: fatal: ")


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert invoke(tmp_path / "nothing.json").exit_code == 2


def test_many_resources_are_shared_among_processes_and_come_back_in_order(tmp_path: Path) -> None:
    wrong = [3, 9_000, 17_001]
    lines = [BAD if number in wrong else GOOD for number in range(1, 20_001)]
    file = tmp_path / "p.ndjson"
    file.write_text("\n".join(lines))
    found = json.loads(invoke(file, "--json").stdout)
    assert found["resources"] == 20_000
    assert [issue["file"] for issue in found["issues"]] == [f"{file}:{number}" for number in wrong]


PROFILE = {
    "resourceType": "StructureDefinition",
    "url": "http://example.org/named",
    "name": "Named",
    "status": "active",
    "kind": "resource",
    "abstract": False,
    "type": "Patient",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "derivation": "constraint",
    "differential": {
        "element": [{"id": "Patient", "path": "Patient"}, {"id": "Patient.name", "path": "Patient.name", "min": 1}]
    },
}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """With the profile added."""
    (tmp_path / "named.json").write_text(json.dumps(PROFILE))
    added = ["profiles", "add", str(tmp_path / "named.json"), "--data-dir", str(tmp_path / "data")]
    assert CliRunner().invoke(app, added).exit_code == 0
    return tmp_path / "data"


@pytest.mark.parametrize("copies", [1, 10_000])
def test_resources_are_held_to_the_profiles_they_name(tmp_path: Path, data_dir: Path, copies: int) -> None:
    file = tmp_path / "p.ndjson"
    named = '{"resourceType":"Patient","meta":{"profile":["http://example.org/named"]}}\n'
    file.write_text((GOOD + "\n") * copies + named)
    found = json.loads(invoke(file, "--json", "--data-dir", data_dir).stdout)
    assert [(issue["file"], issue["severity"]) for issue in found["issues"]] == [(f"{file}:{copies + 1}", "error")]


def test_every_resource_can_be_held_to_a_profile(tmp_path: Path, data_dir: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text(GOOD)
    assert invoke(file, "--data-dir", data_dir).exit_code == 0
    assert invoke(file, "--data-dir", data_dir, "--profile", PROFILE["url"]).exit_code == 1
    result = invoke(file, "--data-dir", data_dir, "--profile", "http://example.org/other")
    assert "http://example.org/other is not loaded" in result.stderr
