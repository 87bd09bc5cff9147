"""`gateway sync`: one rule for the partners file, and dead letters with their whole reason."""

from pathlib import Path

import pytest

from gateway.cli.sync import letter_lines
from tests.cli.conftest import Terminal

NORTH = ["sync", "add", "north", "https://north.example/fhir", "--type", "Patient"]
LETTER = {
    "source": "partner:lakeside",
    "key": "pull Observation/0d1f0f52-6a0c-4b8e-9d0e-8a1a2b3c4d5e",
    "reason": "invalid",
    "detail": "Observation.value: " + "a long reason " * 20 + "ends here",
    "attempts": 1,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, and no partners file in the environment."""
    monkeypatch.delenv("GATEWAY_PARTNERS", raising=False)
    return tmp_path / "data"


def test_without_option_or_variable_partners_are_in_the_data_folder(gateway: Terminal, folder: Path) -> None:
    empty = gateway("sync", "partners")
    assert empty.exit_code == 0 and "north" not in empty.output
    added = gateway(*NORTH)
    assert added.exit_code == 0, added.output
    file = gateway.folder / "data" / "partners.yaml"
    assert file.exists() and f"north is in {file}" in added.output
    assert "https://north.example/fhir" in gateway("sync", "partners").output


def test_the_variable_wins_over_the_data_folder_and_the_option_over_both(
    gateway: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway(*NORTH)
    for name, where in (("south", gateway.folder / "variable.yaml"), ("west", gateway.folder / "option.yaml")):
        gateway("sync", "add", name, f"https://{name}.example", "--type", "Patient", "--partners", str(where))
    monkeypatch.setenv("GATEWAY_PARTNERS", str(gateway.folder / "variable.yaml"))
    by_variable = gateway("sync", "partners").output
    assert "south" in by_variable and "north" not in by_variable
    by_option = gateway("sync", "partners", "--partners", str(gateway.folder / "option.yaml")).output
    assert "west" in by_option and "south" not in by_option


def test_a_file_that_was_named_must_be_there(gateway: Terminal, folder: Path) -> None:
    answer = gateway("sync", "partners", "--partners", str(gateway.folder / "nowhere.yaml"))
    assert answer.exit_code == 2 and "nowhere.yaml: cannot be read" in answer.output


def test_the_rule_stands_in_help_and_in_the_error_about_an_unknown_partner(gateway: Terminal, folder: Path) -> None:
    rule = "The partners file is --partners, else GATEWAY_PARTNERS, else partners.yaml in the data folder."
    assert rule in gateway("sync", "--help", data=False).output
    answer = gateway("sync", "run", "nobody")
    assert answer.exit_code == 2 and f"No partner is called 'nobody'; known: none. {rule}" in answer.output


def test_a_letter_is_shown_with_its_whole_key_and_reason() -> None:
    assert list(letter_lines([LETTER, {**LETTER, "key": "push", "detail": "", "attempts": 2}])) == [
        f"partner:lakeside  {LETTER['key']}  1 attempt",
        f"  invalid: {LETTER['detail']}",
        "partner:lakeside  push  2 attempts",
        "  invalid",
    ]
    assert list(letter_lines([])) == ["There are no dead letters."]


def test_an_id_that_is_not_there_comes_with_the_database_that_was_asked(gateway: Terminal) -> None:
    answer = gateway("score", "nobody")
    assert answer.exit_code == 1
    assert f"asked was the database in the data folder {gateway.folder / 'data'}" in answer.output
    assert "--data-dir, GATEWAY_DATA_DIR" in answer.output
