"""`gateway quality`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from gateway.cli.console import out
from gateway.cli.run import AsJson, DataDir, configured, opened, run
from gateway.errors import NotFound

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store.internal.quality import Quality


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
    """Count what the mappings found wanting in the data, with examples by their ids."""
    from gateway.api.internal import quality as asking
    from gateway.fhir import fhir_json

    asked = {"collection": collection, "rule": rule, "source": source, "from": from_, "to": to}
    given = {name: value for name, value in asked.items() if value is not None}
    found = run(_count(configured("warning", data_dir=data_dir), by, given))
    if as_json:
        out.print_json(fhir_json.dump(asking.told(found, limit)).decode())
        return
    _print(found, limit)


async def _count(settings: Settings, by: str, given: dict[str, str]) -> Quality:
    from gateway.api.internal import quality as asking

    keys, wanted = asking.keys(by), asking.chosen(given)
    async with opened(settings) as parts:
        known = sorted(parts.mappings.collections)
        chosen = given.get("collection")
        if chosen is not None and chosen not in known:
            raise NotFound(f"there is no such collection; there are {', '.join(known)}")
        return await parts.store.internal.quality([chosen] if chosen else known, keys, wanted)


def _print(found: Quality, limit: int) -> None:
    names = list(found.counts[0].key) if found.counts else []
    counts = Table(*names, "findings", "documents", "examples")
    for count in found.counts[:limit]:
        counts.add_row(*count.key.values(), f"{count.findings:,}", f"{count.documents:,}", ", ".join(count.examples))
    if found.counts:
        out.print(counts)
    more = len(found.counts) - limit
    out.print(f"and {more:,} more rows" if more > 0 else "" if found.counts else "nothing was found wanting")
    totals = Table("collection", "documents", "with findings", "findings")
    for total in map(asdict, found.totals):
        totals.add_row(total.pop("collection"), *(f"{number:,}" for number in total.values()))
    out.print(totals)
