"""`gateway codes …` from files to an accepted code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.cli.conftest import Terminal
from tests.codes.make import LAB, coded, local


@pytest.fixture
def mappings(gateway: Terminal) -> Path:
    """A folder of mappings of its own, with a code map that is still empty."""
    folder = gateway.folder / "mappings"
    folder.mkdir()
    for file in (Path(__file__).parents[3] / "mappings").glob("*.yaml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "local-codes.csv").write_text("from,to\n")
    return folder


def test_from_import_to_an_accepted_code(gateway: Terminal, mappings: Path) -> None:
    uncoded = [
        local("u1", "CREA", "Creatinine, Serum", 1.1, "mg/dL"),
        local("u2", "NA", "Sodium, serum", 140, "mmol/L"),
    ]
    files = [gateway.file(f"{one['id']}.json", one) for one in [*coded(), *uncoded]]
    assert gateway("import", *files).exit_code == 0
    trained = json.loads(gateway("codes", "train", "--json").output)
    assert trained["data"]["codes"] == 8 and trained["data"]["coded"] == 32
    answer = json.loads(gateway("codes", "suggest", "Creatinine in serum", "--unit", "mg/dL", "--json").output)
    assert answer["suggestions"][0]["code"] == "2160-0"

    there = ("--mappings", str(mappings))
    assert "2 local codes and names in the queue, 2 open" in gateway("codes", "refresh", *there).output.replace(
        "\n", " "
    )
    items = json.loads(gateway("codes", "review", "--json").output)
    key = next(item["key"] for item in items if item["from"] == f"{LAB}|CREA")

    nobody = gateway("codes", "review", "accept", key, "2160-0", *there)
    assert nobody.exit_code == 2 and (mappings / "local-codes.csv").read_text() == "from,to\n"
    assert gateway("codes", "review", "accept", key, "2160-0", "--by", "Ada", *there).exit_code == 0
    assert (mappings / "local-codes.csv").read_text() == f"from,to\n{LAB}|CREA,2160-0\n"

    data = ["--data-dir", str(gateway.folder / "data")]
    asked = CliRunner().invoke(app, ["codes", "review", "--by", "Ada", *data, *there], input="x\n2951-2\n")
    assert asked.exit_code == 0 and "There is no 'x' here" in asked.output
    assert f"{LAB}|NA,2951-2" in (mappings / "local-codes.csv").read_text()


def test_a_review_needs_a_name_and_suggesting_needs_a_model(gateway: Terminal) -> None:
    assert gateway("codes", "review").exit_code == 2
    result = gateway("codes", "suggest", "Creatinine")
    assert result.exit_code == 1 and "gateway codes train" in result.output


def test_learning_from_files_says_what_it_learned_from(gateway: Terminal) -> None:
    for one in coded():
        gateway.file(f"{one['id']}.json", one)
    measured = json.loads(gateway("codes", "report", "--json", "--from", str(gateway.folder)).output)
    assert measured["data"]["spellings"] == 32 and measured["held_out"][-1]["questions"] == 32
    nothing = gateway("codes", "train", "--from", gateway.file("empty.json", {"resourceType": "Patient"}))
    assert nothing.exit_code == 1 and "too little to learn from" in nothing.output
