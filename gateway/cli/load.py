"""`gateway import`: FHIR files into the database of this data folder."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway import app, intake
from gateway.cli.console import out, progress_bar
from gateway.cli.run import FAILED, AsJson, DataDir, configured, run
from gateway.settings import Settings


def load(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders: .json, .ndjson, also .gz", show_default=False)
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Try what earlier imports refused")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Load FHIR files: transactions, batches, collections, single resources. Importing twice makes no doubles.

    What is refused is kept in the dead letters with its reason. Exit code 1 if anything was.
    """
    if bool(files) == again:
        raise typer.BadParameter("name files or folders, or say --again")
    settings = configured("warning", data_dir=data_dir)
    report = run(_again(settings) if again else _load(settings, files or []))
    if as_json:
        out.print_json(json.dumps({"stored": report.stored, "refused": report.refused, "reasons": report.reasons}))
    else:
        out.print(f"stored {report.stored}, refused {report.refused}")
        for reason, count in report.reasons.most_common(10):
            out.print(f"  {count} x {reason}", highlight=False)
    if report.refused:
        raise typer.Exit(FAILED)


async def _load(settings: Settings, paths: list[Path]) -> intake.Report:
    groups = intake.by_folder(intake.find(paths))
    async with app.gateway(settings, attach=True) as parts:
        with progress_bar() as bar:
            task = bar.add_task("importing", total=None)
            return await intake.load(
                map(intake.bundled, groups),
                app.submit(parts),
                parts.store.add_letter,
                lambda entries: bar.advance(task, entries),
            )


async def _again(settings: Settings) -> intake.Report:
    async with app.gateway(settings, attach=True) as parts:
        return await intake.again(parts.store, app.submit(parts))
