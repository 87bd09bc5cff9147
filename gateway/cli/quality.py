"""`gateway quality`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from gateway.cli.console import out
from gateway.cli.run import AsJson, DataDir, configured, opened, run
from gateway.errors import NotFound

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store.internal.quality import FindingCount, Quality


Text = Annotated[str | None, typer.Option()]


def quality(
    by: Annotated[
        str, typer.Option(help="Count by rule, source and day: one of them or several, with commas")
    ] = "rule",
    collection: Annotated[str | None, typer.Option(help="Only this collection")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, such as date.future")] = None,
    source: Annotated[str | None, typer.Option(help="Only data from there")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Only what was stored from this date or time on")] = None,
    to: Annotated[str | None, typer.Option(help="Only what was stored until this date or time")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows at most")] = 100,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Count the findings of the mappings in the data, with examples by their ids."""
    from gateway.api.internal import quality as questions
    from gateway.fhir import fhir_json

    options = {"collection": collection, "rule": rule, "source": source, "from": from_, "to": to}
    conditions = {name: value for name, value in options.items() if value is not None}
    counted = run(_count(configured("warning", data_dir=data_dir), by, conditions))
    if as_json:
        out.print_json(fhir_json.dump(questions.told(counted, limit)).decode())
        return
    _print(counted, limit)


async def _count(settings: Settings, by: str, conditions: dict[str, str]) -> Quality:
    from gateway.api.internal import quality as questions

    keys, choice = questions.keys(by), questions.chosen(conditions)
    async with opened(settings) as parts:
        collections = sorted(parts.mappings.collections)
        chosen = conditions.get("collection")
        if chosen is not None and chosen not in collections:
            raise NotFound(f"there is no such collection; there are {', '.join(collections)}")
        return await parts.store.internal.quality([chosen] if chosen else collections, keys, choice)


def _print(quality: Quality, limit: int) -> None:
    shown = quality.counts[:limit]
    if shown:
        counts = Table(*shown[0].key, "findings", "documents")
        for count in shown:
            counts.add_row(*count.key.values(), f"{count.findings:,}", f"{count.documents:,}")
        out.print(counts)
        for line in example_lines(shown):
            out.print(line, highlight=False, markup=False, soft_wrap=True)
    more = len(quality.counts) - limit
    out.print(f"and {more:,} more rows" if more > 0 else "" if shown else "nothing was found wanting")
    totals = Table("collection", "documents", "with findings", "findings")
    for total in map(asdict, quality.totals):
        totals.add_row(total.pop("collection"), *(f"{number:,}" for number in total.values()))
    out.print(totals)


def example_lines(counts: Iterable[FindingCount]) -> Iterator[str]:
    """Yield a line for each row that has examples: its keys, then the ids, whole however narrow the terminal is."""
    for count in counts:
        if count.examples:
            yield f"{' '.join(count.key.values())}, for example: {' '.join(count.examples)}"
