"""`gateway map diff` and `gateway map apply`: what other mappings would change in what is stored, and changing it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn
from rich.table import Table

from gateway.cli.console import counted, err, out, progress_bar
from gateway.cli.run import FAILED, AsJson, DataDir, configured, opened, run

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store.internal.diff import Difference, FieldChanges
    from gateway.store.internal.remap import Applied


_EVERY = 5.0  # seconds between two lines of progress where there is no terminal

_Mappings = Annotated[Path | None, typer.Option(help="The folder of mapping files")]


def diff(
    mappings: _Mappings = None,
    samples: Annotated[int, typer.Option(min=0, help="Examples per field, as patients' documents hold them")] = 3,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show what mapping files would change in the documents stored: counts and samples by field. Writes nothing."""
    from gateway.fhir import fhir_json

    started = time.monotonic()
    difference = run(_diff(configured("warning", data_dir=data_dir, mappings=mappings), samples))
    seconds = time.monotonic() - started
    if as_json:
        content = {**asdict(difference), "seconds": round(seconds, 3), "rate": round(difference.resources / seconds, 1)}
        typer.echo(fhir_json.dump(content))  # one line, however long, for programs
        return
    for line in _lines(difference):
        out.print(line, highlight=False)
    resources, rate = counted(difference.resources, "resource"), difference.resources / seconds
    out.print(f"{resources} in {seconds:.1f} s, {rate:,.0f} a second")


async def _diff(settings: Settings, samples: int) -> Difference:
    """Compare without writing. The store opens without mappings, so that not even their collections are made."""
    from gateway.mapping import Mappings
    from gateway.parts import open_database
    from gateway.store import Store

    candidate = Mappings.load(settings.mappings)
    async with open_database(settings, attach=True) as uri:
        store = await Store.open(uri, settings.database, Mappings({}))
        try:
            with _progress() as tell:
                return await store.internal.diff(candidate, samples, tell)
        finally:
            await store.close()


def _lines(difference: Difference) -> Iterator[str | Table]:
    """Yield what changes, by collection, without the collections that stay as they are."""
    collections = difference.collections.items()
    changed = {name: changes for name, changes in collections if changes.changed or changes.added or changes.removed}
    if not changed:
        yield "nothing changes"
    for name, changes in changed.items():
        counts = {"same": changes.same, "changed": changes.changed, "new": changes.added, "gone": changes.removed}
        yield f"[bold]{name}[/]: " + ", ".join(f"{count:,} {what}" for what, count in counts.items())
        if changes.fields:
            yield _field_table(changes.fields)


def _field_table(fields: Mapping[str, FieldChanges]) -> Table:
    table = Table("field", "added", "removed", "changed", "samples")
    for field, changes in sorted(fields.items()):
        samples = [f"{sample.id}: {_short(sample.before)} → {_short(sample.after)}" for sample in changes.samples]
        numbers = (f"{count:,}" for count in (changes.added, changes.removed, changes.changed))
        table.add_row(field, *numbers, escape("\n".join(samples)))
    return table


def _short(value: object) -> str:
    from gateway.fhir import fhir_json

    text = "nothing" if value is None else fhir_json.dump(value).decode()
    return out.shorten(text, 60)


def apply(mappings: _Mappings = None, data_dir: DataDir = None) -> None:
    """Make the documents stored those of the mapping files, while everything goes on; take up an interrupted run."""
    started = time.monotonic()
    applied = run(_apply(configured("warning", data_dir=data_dir, mappings=mappings)))
    dropped = f", collections dropped: {', '.join(applied.dropped)}" if applied.dropped else ""
    out.print(
        f"{applied.resources:,} resources: {applied.made:,} documents made, {applied.removed:,} removed{dropped}; "
        f"{time.monotonic() - started:.1f} s",
        highlight=False,
    )
    if applied.left:
        err.print(f"{applied.left:,} were mapped otherwise meanwhile: another process has other mapping files")
        raise typer.Exit(FAILED)


async def _apply(settings: Settings) -> Applied:
    async with opened(settings) as parts:
        with _progress() as tell:
            return await parts.store.internal.apply(tell)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Yield a function that shows progress: a bar on a terminal, elsewhere a line every few seconds."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with progress_bar(*columns) as bar:
        task, last_line = bar.add_task("resources"), time.monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal last_line
            bar.update(task, completed=done, total=total)
            if not err.at_terminal and time.monotonic() - last_line > _EVERY:
                last_line = time.monotonic()
                err.print(f"{done:,} of {total:,} resources", highlight=False)

        yield tell
