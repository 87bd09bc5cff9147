"""`gateway doctor`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.console import out
from gateway.cli.run import FAILED, AsJson, DataDir, Partners, configured, opened, run

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store.audit.audit import Audit
    from gateway.store.audit.loose_references import LooseReferences


_TOLERANCE = timedelta(minutes=1)
"""How far the clocks of several machines may differ."""


@dataclass(frozen=True)
class Finding:
    what: str
    good: bool
    detail: str


def doctor(
    data_dir: DataDir = None,
    partners: Partners = None,
    as_json: AsJson = False,
    references: Annotated[
        bool, typer.Option("--references", help="Also list references to resources that are not here")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Do not read through the whole database")] = False,
) -> None:
    """Check configuration and database, and prove that resources, history, feed and documents agree.

    Exit code 1 if anything is wrong.
    """
    settings = configured("warning", data_dir=data_dir, partners=partners)
    findings = run(_examine(settings, quick, references))
    if as_json:
        out.print_json(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            out.print(
                f"{'[green]ok[/]   ' if finding.good else '[red]wrong[/]'} {finding.what}: {finding.detail}",
                highlight=False,
            )
    if not all(finding.good for finding in findings):
        raise typer.Exit(FAILED)


async def _examine(settings: Settings, quick: bool, references: bool) -> list[Finding]:
    async with opened(settings) as parts:
        store = parts.store
        head, cursors = await store.feed.head(), await store.feed.cursors()
        waiting = await store.letters.count()
        findings = [
            Finding("mappings", True, f"{settings.mappings} is valid"),
            Finding("partners", True, ", ".join(partner.name for partner in parts.partners) or "none"),
            Finding(
                "database", True, f"{sum((await store.resources.counts()).values()):,} resources, {head:,} changes"
            ),
            Finding("dead letters", waiting == 0, f"{waiting} wait for a person" if waiting else "none"),
        ]
        findings += [_environment(settings), _clock(await store.feed.newest(), datetime.now(UTC))]
        findings += [Finding(f"follower {name}", True, f"{head - seen:,} behind") for name, seen in cursors.items()]
        if not quick:
            findings.append(_agreement(await store.audit()))
        if references:
            findings += _loose(await store.resources.loose_references(), settings)
        return findings


def _environment(settings: Settings) -> Finding:
    """Report GATEWAY_ variables that are not settings. Only one that resembles a setting is a fault: others may come
    from elsewhere, such as Kubernetes."""
    from gateway.settings import unknown_variables

    unknown = unknown_variables(os.environ, settings)
    misspelled = any("did you mean" in name for name in unknown)
    detail = f"{', '.join(unknown)}: no such setting" if unknown else "every GATEWAY_ variable is a setting"
    return Finding("environment", not misspelled, detail)


def _clock(newest: datetime | None, now: datetime) -> Finding:
    """Report that a clock was ahead, and what follows: times never go back, so the newest one stays in the future."""
    from gateway.fhir.dates import format_instant

    if newest is None or newest - now < _TOLERANCE:
        return Finding("clock", True, "no version is of the future")
    return Finding(
        "clock",
        False,
        f"the newest version is of {format_instant(newest)}, {_span(newest - now)} ahead of this machine's clock, "
        "so a clock was ahead when it was written. Nothing is lost and the order is right, but until then each new "
        "version gets a lastUpdated one millisecond after the one before: _lastUpdated, _since and If-Modified-Since "
        "with today's times miss or repeat new versions. Set the clocks of all machines right (NTP) and wait, or "
        "import an export into a new database",
    )


def _span(span: timedelta) -> str:
    hours, seconds = divmod(int(span.total_seconds()), 3600)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {seconds // 60} min"


def _loose(found: Sequence[LooseReferences], settings: Settings) -> list[Finding]:
    """They are wrong only where they are refused: elsewhere most real data has them."""
    good = settings.references == "accept"
    rows = [
        Finding(
            f"{one.type} to {one.target}", good, f"{one.count:,} by {one.parameter} lead nowhere, as in {one.example}"
        )
        for one in found
    ]
    return rows or [Finding("references", True, "all that search parameters know lead to a resource that is here")]


def _agreement(audit: Audit) -> Finding:
    read = f"{audit.resources:,} resources, {audit.documents:,} documents, {audit.changes:,} changes"
    faults = [f"{count} x {kind} ({', '.join(audit.examples[kind])})" for kind, count in audit.faults.items()]
    return Finding("agreement", not faults, "; ".join(faults) or f"{read} agree")
