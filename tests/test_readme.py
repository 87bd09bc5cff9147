"""What the README says is what there is."""

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


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"GATEWAY_([A-Z_]+)", TEXT))
    assert documented == {name.upper() for name in Settings.model_fields}


def test_every_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert links and [link for link in links if not (REPOSITORY / link).exists()] == []


COMMANDS = sorted(set(re.findall(r"`gateway ((?:sync |map |view |profiles |codes )?[a-z]+)", TEXT)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (\w+)", TEXT))))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)


def test_the_transcript_ends_with_what_the_demo_prints() -> None:
    (line,) = re.findall(r"^    (\{.*\})$", TEXT, re.MULTILINE)
    assert list(json.loads(line)) == [field.name for field in fields(Summary)]
