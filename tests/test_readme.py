"""The README says what is there."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.demo.story import Summary
from gateway.settings import Settings

REPOSITORY = Path(__file__).parents[1]
TEXT = (REPOSITORY / "README.md").read_text()
DOCUMENTATION = TEXT + "".join(page.read_text("utf-8") for page in (REPOSITORY / "docs").rglob("*.md"))


def test_only_settings_that_exist_are_named() -> None:
    documented = set(re.findall(r"GATEWAY_([A-Z_]*[A-Z])", DOCUMENTATION))
    assert documented and documented <= {name.upper() for name in Settings.model_fields}


def test_it_is_short_and_its_picture_is_small() -> None:
    assert len(TEXT.splitlines()) <= 150
    assert (REPOSITORY / "docs" / "images" / "demo.png").stat().st_size <= 150_000


def test_every_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert links and [link for link in links if not (REPOSITORY / link).exists()] == []


_WORDS = r"gateway ((?:sync |map |view |profiles |codes (?:review (?=accept|reject|reopen))?)?[a-z]+)"
COMMANDS = sorted(set(re.findall(rf"(?:`|^ {{4,}}|^\$ ){_WORDS}", DOCUMENTATION, re.MULTILINE)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^ {4,})make ([\w-]+)", DOCUMENTATION, re.MULTILINE))))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)


def test_the_transcript_ends_with_what_the_demo_prints() -> None:
    (line,) = re.findall(r"^    (\{.*\})$", TEXT, re.MULTILINE)
    assert list(json.loads(line)) == [field.name for field in fields(Summary)]
