"""A data folder with an embedded database of its own, as a person at a terminal has it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.fhir import fhir_json


class Terminal:
    """Runs `gateway …` and remembers where its data is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, data: bool = True) -> Result:
        where = ["--data-dir", str(self.folder / "data")] if data else []
        return CliRunner().invoke(app, [*words, *where])

    def file(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else fhir_json.dump(content))
        return str(path)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Terminal]:
    yield Terminal(tmp_path)
    structlog.reset_defaults()  # each command configures the logs of the process it thinks is its own
