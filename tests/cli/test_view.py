"""`gateway view …` from the outside."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app

VIEW = {
    "resourceType": "ViewDefinition",
    "resource": "Patient",
    "select": [
        {"column": [{"name": "id", "path": "getResourceKey()"}]},
        {"forEachOrNull": "name", "column": [{"name": "family", "path": "family", "type": "string"}]},
    ],
}


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def patient(id_: str, **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id_, **elements}


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    file = tmp_path / "view" / "names.json"
    file.parent.mkdir()
    file.write_text(json.dumps(VIEW))
    return file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A Bundle and gzipped NDJSON."""
    folder = tmp_path / "data"
    folder.mkdir()
    bundle = {"resourceType": "Bundle", "entry": [{"resource": patient("a", name=[{"family": "Ä, X"}])}, {}]}
    (folder / "1.json").write_text(json.dumps(bundle))
    lines = [json.dumps(patient("b")), json.dumps({"resourceType": "Observation"}), "", json.dumps(patient("c"))]
    (folder / "2.ndjson.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return folder


def test_rows_of_files_come_as_csv(definition: Path, data: Path) -> None:
    result = invoke("view", "run", definition, data)
    assert (result.exit_code, result.stdout) == (0, 'id,family\nPatient/a,"Ä, X"\nPatient/b,\nPatient/c,\n')


def test_rows_can_go_to_a_file_in_another_format(definition: Path, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "rows.ndjson"
    assert invoke("view", "run", definition, data, "--format", "ndjson", "--output", output).exit_code == 0
    assert output.read_text().splitlines()[0] == '{"id":"Patient/a","family":"Ä, X"}'
    assert [path.name for path in tmp_path.glob("rows*")] == ["rows.ndjson"]


def test_parquet_is_written(definition: Path, data: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    assert invoke("view", "run", definition, data, "--format", "parquet", "--output", tmp_path / "p").exit_code == 0
    assert parquet.read_table(tmp_path / "p").column("id").to_pylist() == ["Patient/a", "Patient/b", "Patient/c"]


def test_parquet_without_its_library_says_what_to_install(
    definition: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    result = invoke("view", "run", definition, data, "--format", "parquet")
    assert result.exit_code == 2
    assert "gateway[parquet]" in result.stderr


def test_a_fault_in_the_view_names_its_place_and_leaves_no_file(definition: Path, data: Path, tmp_path: Path) -> None:
    definition.write_text(json.dumps({**VIEW, "select": [{"column": [{"name": "x", "path": "nonsense"}]}]}))
    result = invoke("view", "run", definition, data, "--output", tmp_path / "rows.csv")
    assert result.exit_code == 1
    assert "(ViewDefinition.select[0].column[0].path)" in result.stderr
    assert not (tmp_path / "rows.csv").exists()


def test_an_error_half_way_leaves_no_file(definition: Path, data: Path, tmp_path: Path) -> None:
    (data / "3.json").write_text(json.dumps(patient("d", name=[{"given": ["x", "y"]}])))
    definition.write_text(json.dumps({**VIEW, "select": [{"column": [{"name": "g", "path": "name.given"}]}]}))
    assert invoke("view", "run", definition, data, "--output", tmp_path / "rows.csv").exit_code == 1
    assert list(tmp_path.glob("rows*")) == []


def test_a_file_that_cannot_be_read_is_named_and_fails_the_command(definition: Path, data: Path) -> None:
    (data / "0.json").write_text("{")
    result = invoke("view", "run", definition, data)
    assert result.exit_code == 1
    assert "0.json: Not valid JSON" in result.stderr
    assert "Patient/c" in result.stdout


def test_without_files_the_database_is_read(
    definition: Path, data: Path, mongo: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_MONGO_URI", mongo)
    monkeypatch.setenv("GATEWAY_DATABASE", database)
    assert invoke("import", data / "1.json").exit_code == 0
    result = invoke("view", "run", definition, "--format", "json")
    assert [row["family"] for row in json.loads(result.stdout)] == ["Ä, X"]


def test_a_suite_ends_in_one_line_of_json(tmp_path: Path) -> None:
    good = {"title": "good", "view": VIEW, "expect": [{"id": "Patient/a", "family": None}]}
    bad = {"title": "bad", "view": VIEW, "expect": []}
    error = {"title": "error", "view": {}, "expectError": True}
    suite = {"title": "t", "resources": [patient("a")], "tests": [good, bad, error]}
    (tmp_path / "some.json").write_text(json.dumps(suite))
    result = invoke("view", "suite", tmp_path)
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1]) == {"passed": 2, "failed": 1, "failing": ["some: bad"]}
    assert result.stdout.startswith("some: bad: other rows")
    assert len(invoke("view", "suite", tmp_path, "--json").stdout.splitlines()) == 1
