"""`gateway score`."""

import json
from typing import Annotated

import typer

from gateway import app
from gateway.cli.run import AsJson, DataDir, configured, out, run


def score(
    patient: Annotated[str | None, typer.Argument(help="A patient's id; all patients if left out")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Compute the risk scores now, of one patient or all. The same inputs never make a second RiskAssessment."""


