"""What a command prints for a file or a program is whole: no line is wrapped, cut, colored or framed."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.table import Table

from gateway.cli import app
from gateway.cli.console import Output

SENTENCE = " ".join(f"word{number}" for number in range(200))
DECORATION = re.compile(r"\x1b|[\u2500-\u259f]")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def output(*, terminal: bool = False) -> tuple[Output, io.StringIO]:
    made, file = Output(), Screen() if terminal else io.StringIO()
    made.file = file
    return made, file


def printed(*objects: object, terminal: bool = False) -> str:
    console, file = output(terminal=terminal)
    console.print(*objects)
    return file.getvalue()


def table() -> Table:
    made = Table("name", "text", title="a title")
    made.add_row("a", SENTENCE)
    return made


@pytest.fixture(params=["40", "80", "200"])
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", request.param)
    return str(request.param)


@pytest.mark.usefixtures("columns")
def test_a_long_line_stays_one_line_in_a_file() -> None:
    assert printed(SENTENCE) == f"{SENTENCE}\n"
    assert printed(table()).splitlines()[-1].split() == ["a", *SENTENCE.split()]


@pytest.mark.usefixtures("columns")
def test_a_table_in_a_file_has_no_frame_no_color_and_no_blanks_at_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    text = printed("[bold red]wrong[/]: all", table())
    assert not DECORATION.search(text) and not re.search(r" $", text, re.MULTILINE)
    assert text.startswith("wrong: all\n")


def test_a_terminal_has_wrapped_lines_and_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = printed(SENTENCE, table(), terminal=True)
    assert max(map(len, text.splitlines())) <= 40 and DECORATION.search(text)


def test_a_value_is_shortened_on_a_terminal_alone() -> None:
    for terminal, text in ((False, SENTENCE), (True, "word0 wor…")):
        console, _ = output(terminal=terminal)
        assert console.shorten(SENTENCE, 10) == text


def commands(group: typer.main.TyperGroup, *words: str) -> list[tuple[str, ...]]:
    below = [(name, each) for name, each in sorted(group.commands.items())]
    return [
        path
        for name, each in below
        for path in (commands(each, *words, name) if hasattr(each, "commands") else [(*words, name)])
    ]


PROGRAM = """
import sys
from typer.testing import CliRunner
from gateway.cli import app
for line in sys.argv[1:]:
    print(CliRunner().invoke(app, line.split("\\t")).output)
"""
"""Runs many commands in one process, as starting Python takes a second."""


def run(*words: str, folder: Path, columns: str) -> str:
    environment = {**os.environ, "COLUMNS": columns, "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return ended.stdout


def test_help_errors_and_results_are_the_same_at_any_width_and_in_a_long_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a-folder-with-a-name-that-is-longer-than-most" / "and-another-one-inside-that-is-no-shorter"
    folder.mkdir(parents=True)
    (folder / "broken.json").write_text('{"resourceType": "Patient"')
    (folder / "patient.json").write_text('{"resourceType": "Patient", "id": "p", "gender": "female"}')
    every = commands(typer.main.get_command(app))  # type: ignore[arg-type]
    assert len(every) > 20
    lines = ["\t".join((*command, "--help")) for command in every]
    lines += ["import", "map\ttry\tnowhere.json", "sync\trun", "no-such-command"]
    lines += [
        f"map\tprove\t{folder}/broken.json",
        f"map\ttry\t{folder}/patient.json",
        f"validate\t{folder}/broken.json",
    ]
    narrow, usual, wide = (run(*lines, folder=folder, columns=columns) for columns in ("40", "80", "200"))
    assert narrow == usual == wide
    assert not DECORATION.search(wide)
    assert f"{folder}/broken.json could not be read as FHIR" in wide.splitlines()


def test_a_terminal_wraps_values_of_tables_and_cuts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = Table("key", "reason")
    key, reason = "pull Observation/0d1f0f52-6a0c-4b8e-9d0e-8a1a2b3c4d5e", SENTENCE
    rows.add_row(key, reason, style="none")
    rows.columns[0].no_wrap = True
    text = printed(rows, terminal=True)
    assert "…" not in text
    assert all(word in text for word in SENTENCE.split())
