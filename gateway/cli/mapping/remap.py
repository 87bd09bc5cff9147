"""`gateway map diff` and `gateway map apply`: what other mappings would change in what is stored, and changing it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn
from rich.table import Table

from gateway.cli.console import err, out, progress_bar
from gateway.cli.run import FAILED, AsJson, DataDir, configured, opened, run

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store.internal.diff import Difference
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
    found = run(_diff(configured("warning", data_dir=data_dir, mappings=mappings), samples))
    seconds = time.monotonic() - started
    if as_json:
        told = {**asdict(found), "seconds": round(seconds, 3), "rate": round(found.resources / seconds, 1)}
        typer.echo(fhir_json.dump(told))  # one line, however long, for programs
        return
    for line in _lines(found):
        out.print(line, highlight=False)
    out.print(f"{found.resources:,} resources in {seconds:.1f} s, {found.resources / seconds:,.0f} a second")


async def _diff(settings: Settings, samples: int) -> Difference:
    """The store is opened without mappings, so that not even their collections are made."""
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


def _lines(found: Difference) -> Iterator[str | Table]:
    """Yield what changes, by collection, without the collections that stay as they are."""
    changed = {name: each for name, each in found.collections.items() if each.changed or each.added or each.removed}
    if not changed:
        yield "nothing changes"
    for name, changes in changed.items():
        counts = {"same": changes.same, "changed": changes.changed, "new": changes.added, "gone": changes.removed}
        yield f"[bold]{name}[/]: " + ", ".join(f"{count:,} {what}" for what, count in counts.items())
        if changes.fields:
            table = Table("field", "added", "removed", "changed", "samples")
            for field, told in sorted(changes.fields.items()):
                shown = [f"{one.id}: {_short(one.before)} → {_short(one.after)}" for one in told.samples]
                counted = (f"{count:,}" for count in (told.added, told.removed, told.changed))
                table.add_row(field, *counted, escape("\n".join(shown)))
            yield table


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
    """A bar on a terminal, else now and then a line."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with progress_bar(*columns) as bar:
        task, told = bar.add_task("resources"), time.monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal told
            bar.update(task, completed=done, total=total)
            if not err.at_terminal and time.monotonic() - told > _EVERY:
                told = time.monotonic()
                err.print(f"{done:,} of {total:,} resources", highlight=False)

        yield tell
