"""`gateway map check`: what is wrong with the mapping files, and what may be."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import counted, err
from gateway.cli.run import FAILED, AsJson, configured, fail
from gateway.errors import GatewayError


def check(
    folder: Annotated[Path | None, typer.Argument(help="The folder of mapping files [default: mappings]")] = None,
    as_json: AsJson = False,
) -> None:
    """Show everything that is wrong or doubtful in the mapping files: file:line, field, reason. Exit code 1 if the
    gateway would refuse one of them, 2 if the folder cannot be read.

    An error is a file that does not load; a warning most likely does not do what was meant; a note may be meant so.
    """
    from gateway.fhir import fhir_json
    from gateway.mapping.lint import lint

    try:
        mappings_folder = configured("warning", mappings=folder).mappings
        findings = lint(mappings_folder)
    except GatewayError as error:
        fail(error)
    if not any(file.suffix in (".yaml", ".json") for file in mappings_folder.iterdir()):
        err.print(f"there are no mapping files in {mappings_folder}", highlight=False)
    counts = Counter(finding.severity for finding in findings)
    if as_json:
        totals = {"errors": counts["error"], "warnings": counts["warning"], "notes": counts["note"]}
        typer.echo(fhir_json.dump({**totals, "findings": [finding._asdict() for finding in findings]}))
    for finding in [] if as_json else findings:
        typer.echo(str(finding))
    err.print(
        ", ".join(counted(counts[severity], severity) for severity in ("error", "warning", "note")), highlight=False
    )
    if counts["error"]:
        raise typer.Exit(FAILED)
