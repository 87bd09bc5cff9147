"""`gateway import`: FHIR files into the database of this data folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from gateway.cli.console import counted, out, progress_bar
from gateway.cli.run import FAILED, AsJson, DataDir, configured, database_of, fail, opened, run
from gateway.errors import NotFound

if TYPE_CHECKING:
    from gateway.intake.report import ImportReport
    from gateway.settings import Settings
    from gateway.store.layout.records import Imported


_FILES_SHOWN, _REFUSALS_SHOWN = 20, 10


def import_files(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders: .json, .ndjson, also .gz", show_default=False)
    ] = None,
    source: Annotated[
        str, typer.Option(help="The system that the files come from: same name, same ids", show_default=False)
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Try what earlier imports refused")] = False,
    where: Annotated[
        str, typer.Option(metavar="TYPE/ID", help="Tell what became of this id of a file", show_default=False)
    ] = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Load FHIR files: resources, Bundles of every type. Importing twice makes no duplicates.

    Ids belong to their source: --source, else the server that a file names, else its folder. Resources of two sources
    never overwrite each other. What is refused is kept in the dead letters. Exit code 1 if anything was.
    """
    if [bool(files), again, bool(where)].count(True) != 1:
        raise typer.BadParameter("name files or folders, or say --again, or --where TYPE/ID")
    if source and not files:
        raise typer.BadParameter("name the files that come from this source", param_hint="--source")
    settings = configured("warning", data_dir=data_dir)
    if where:
        records = run(_where(settings, where))
        if not records and not as_json:
            fail(NotFound(f"no import knows {where}; asked was {database_of(settings)}"))
        return _tell(records, where, as_json=as_json)
    report = run(_again(settings) if again else _load(settings, files or [], source))
    if as_json:
        typer.echo(json.dumps(report.json))
    else:
        for line in report_lines(report):
            out.print(escape(line), highlight=False, soft_wrap=True)
    if report.refused:
        raise typer.Exit(FAILED)


async def _load(settings: Settings, paths: list[Path], source: str) -> ImportReport:
    from gateway import app
    from gateway.intake.files import by_folder, find
    from gateway.intake.load import load

    folders = by_folder(find(paths))
    async with opened(settings) as parts:
        with progress_bar() as bar:
            task = bar.add_task("importing", total=None)
            return await load(
                parts.store,
                app.submit(parts),
                folders,
                source=source,
                progress=lambda entries: bar.advance(task, entries),
            )


async def _again(settings: Settings) -> ImportReport:
    from gateway import app
    from gateway.intake.letters import again

    async with opened(settings) as parts:
        return await again(parts.store, app.submit(parts))


async def _where(settings: Settings, where: str) -> list[Imported]:
    type_, _, id_ = where.partition("/")
    async with opened(settings) as parts:
        return await parts.store.imports.find_by_source_id(type_, id_)


def _tell(records: list[Imported], where: str, *, as_json: bool) -> None:
    if as_json:
        rows = [{"source": row.source, "here": f"{row.type}/{row.id}", "stored": bool(row.stored)} for row in records]
        typer.echo(json.dumps(rows))
        return
    for record in records:
        state = "" if record.stored else " (not imported yet: something refers to it)"
        typer.echo(f"{where} of {record.source} is {record.type}/{record.id}{state}")


def report_lines(report: ImportReport) -> Iterator[str]:
    """Yield what an import did, for a person: counts, the most frequent reasons, examples, and what to do next."""
    counts = {"stored": report.stored, "refused": report.refused}
    extra = {"unchanged": report.unchanged, "deleted": report.deleted, "skipped": report.skipped}
    counts |= {name: count for name, count in extra.items() if count}
    yield ", ".join(f"{name} {count}" for name, count in counts.items())
    yield from _files(report)
    if report.types:
        yield "by type: " + ", ".join(f"{name} {count}" for name, count in report.types.most_common())
    for reason, count in report.skips.most_common():
        yield f"skipped {count}: {reason}"
    for text, count in report.remarked.items():
        yield f"note, {counted(count, 'time')}: {text}; first at {report.remarks[text][0]}"
    for reason, count in report.reasons.most_common(_REFUSALS_SHOWN):
        yield f"refused {count}: {reason}"
    for refusal in report.refusals[:_REFUSALS_SHOWN]:
        yield f"  {refusal.text}"
    if report.refused > len(report.refusals[:_REFUSALS_SHOWN]):
        yield f"  {report.refused:,} refused in all; gateway sync letters shows each with its reason"
    yield "next: " + _next(report)


def _files(report: ImportReport) -> Iterator[str]:
    """Yield a line for each file if there are few, else for each file with something refused."""
    chosen = {path: tally for path, tally in report.files.items() if tally.refused or len(report.files) <= _FILES_SHOWN}
    for path, tally in list(chosen.items())[:_FILES_SHOWN]:
        counts = ", ".join(f"{name} {count}" for name, count in tally.json.items())
        yield f"  {path}: {counts or 'nothing in it'}"
    if len(report.files) > _FILES_SHOWN:
        refused = sum(bool(tally.refused) for tally in report.files.values())
        yield f"  {len(report.files)} files, {refused} of them with something refused; --json names all"


def _next(report: ImportReport) -> str:
    if report.refused:
        return (
            "gateway sync letters says what is wrong; correct the files and import them again, or, if the "
            "cause was elsewhere, gateway import --again"
        )
    if report.stored or report.unchanged or report.deleted:
        return "gateway serve shows it; gateway import --where TYPE/ID tells which id a resource of a file has here"
    return "nothing to do"
