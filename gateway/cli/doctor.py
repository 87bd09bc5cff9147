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
class Diagnosis:
    """One thing that was checked, whether it is as it should be, and details for a person."""

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


async def _examine(settings: Settings, quick: bool, references: bool) -> list[Diagnosis]:
    async with opened(settings) as parts:
        store = parts.store
        head, cursors = await store.feed.head(), await store.feed.cursors()
        waiting = await store.letters.count()
        findings = [
            Diagnosis("mappings", True, f"{settings.mappings} is valid"),
            Diagnosis("partners", True, ", ".join(partner.name for partner in parts.partners) or "none"),
            Diagnosis(
                "database", True, f"{sum((await store.resources.counts()).values()):,} resources, {head:,} changes"
            ),
            Diagnosis("dead letters", waiting == 0, f"{waiting} wait for a person" if waiting else "none"),
        ]
        findings += [_environment(settings), _clock(await store.feed.newest(), datetime.now(UTC))]
        findings += [Diagnosis(f"follower {name}", True, f"{head - seen:,} behind") for name, seen in cursors.items()]
        if not quick:
            findings.append(_agreement(await store.audit()))
        if references:
            findings += _loose_references(await store.resources.loose_references(), settings)
        return findings


def _environment(settings: Settings) -> Diagnosis:
    """Report GATEWAY_ variables that are not settings. Only one that resembles a setting is a fault: others may come
    from elsewhere, such as Kubernetes."""
    from gateway.settings import unknown_variables

    unknown = unknown_variables(os.environ, settings)
    misspelled = any("did you mean" in name for name in unknown)
    detail = f"{', '.join(unknown)}: no such setting" if unknown else "every GATEWAY_ variable is a setting"
    return Diagnosis("environment", not misspelled, detail)


def _clock(newest: datetime | None, now: datetime) -> Diagnosis:
    """Report a version from the future, and what follows from it: times never go back until then."""
    from gateway.fhir.dates import format_instant

    if newest is None or newest - now < _TOLERANCE:
        return Diagnosis("clock", True, "no version is of the future")
    return Diagnosis(
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


def _loose_references(loose_references: Sequence[LooseReferences], settings: Settings) -> list[Diagnosis]:
    """Report references that lead nowhere. They are wrong only where they are refused: most real data has some."""
    good = settings.references == "accept"
    rows = [
        Diagnosis(
            f"{loose.type} to {loose.target}",
            good,
            f"{loose.count:,} by {loose.parameter} lead nowhere, as in {loose.example}",
        )
        for loose in loose_references
    ]
    return rows or [Diagnosis("references", True, "all that search parameters know lead to a resource that is here")]


def _agreement(audit: Audit) -> Diagnosis:
    read = f"{audit.resources:,} resources, {audit.documents:,} documents, {audit.changes:,} changes"
    faults = [f"{count} x {kind} ({', '.join(audit.examples[kind])})" for kind, count in audit.faults.items()]
    return Diagnosis("agreement", not faults, "; ".join(faults) or f"{read} agree")
