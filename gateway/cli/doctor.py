"""`gateway doctor`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from gateway import app
from gateway.cli.console import out
from gateway.cli.run import FAILED, AsJson, DataDir, Partners, configured, run
from gateway.settings import Settings
from gateway.store.audit import Audit
from gateway.store.integrity import Loose


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
    async with app.gateway(settings, attach=True) as parts:
        store = parts.store
        head, cursors = await store.head(), await store.cursors()
        waiting = await store.count_letters()
        findings = [
            Finding("mappings", True, f"{settings.mappings} is valid"),
            Finding("partners", True, ", ".join(partner.name for partner in parts.partners) or "none"),
            Finding("database", True, f"{sum((await store.counts()).values()):,} resources, {head:,} changes"),
            Finding("dead letters", waiting == 0, f"{waiting} wait for a person" if waiting else "none"),
        ]
        findings += [Finding(f"follower {name}", True, f"{head - seen:,} behind") for name, seen in cursors.items()]
        if not quick:
            findings.append(_agreement(await store.audit()))
        if references:
            findings += _loose(await store.loose_references(), settings)
        return findings


def _loose(found: Sequence[Loose], settings: Settings) -> list[Finding]:
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
