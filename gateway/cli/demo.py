"""`gateway demo`."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.run import configured, run

if TYPE_CHECKING:
    from gateway.demo.story import Plan, Summary


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the table; the last line is one JSON object")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Load this folder of FHIR JSON/NDJSON(.gz) instead of the synthetic hospital")
    ] = None,
    patients: Annotated[int, typer.Option(min=2, help="Synthetic patients, both hospitals together")] = 200,
    observations: Annotated[int, typer.Option(min=20, help="Synthetic observations, both hospitals together")] = 20_000,
    port: Annotated[int, typer.Option(help="Port of our gateway")] = 8080,
    partner_port: Annotated[int, typer.Option(help="Port of the partner hospital")] = 8081,
    folder: Annotated[Path, typer.Option(help="Where both keep their data; emptied first")] = Path("data/demo"),
) -> None:
    """Show the whole product on this machine: two hospitals, real databases, sync both ways, scores."""
    from gateway.demo.story import Plan

    configured("warning")
    run(_demo(Plan(folder, port, partner_port, patients, observations, data), once))


async def _demo(plan: Plan, once: bool) -> None:
    from gateway.demo import story

    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with story.told(plan, err) as summary:
        out.print(_table(plan, summary))
        if once:
            typer.echo(summary.json())
            return
        err.print("Both stay up. Ctrl-C stops them.")
        with suppress(asyncio.CancelledError):  # Ctrl-C, from here on, is how the demo ends well
            await asyncio.Event().wait()


def _or_missing(count: int | None) -> str:
    return "no mongomotor" if count is None else f"{count:,}"


def _table(plan: Plan, summary: Summary) -> Table:
    ours, partner = f"http://127.0.0.1:{plan.port}", f"http://127.0.0.1:{plan.partner_port}"
    table = Table(title="What happened", show_header=False, title_justify="left", box=SIMPLE)
    rows = [
        ("Patients", f"{summary.patients:,}", f"{ours}/patients"),
        ("Observations", f"{summary.observations:,}", f"{ours}/fhir/Observation"),
        ("Internal documents", f"{summary.documents:,}", f"{ours}/internal/observations"),
        ("Findings of data quality", f"{summary.findings:,}", f"{ours}/quality"),
        ("Documents edited, seen there", f"{summary.edits_at_partner:,}", f"{partner}/patients"),
        ("Pulled from the partner", f"{summary.pulled:,}", f"{partner}/"),
        ("Pushed to the partner", f"{summary.pushed:,}", f"{partner}/patients"),
        ("Dead letters", f"{summary.dead_letters:,}", f"{ours}/internal/letters"),
        ("Risk assessments", f"{summary.risk_assessments:,}", f"{ours}/fhir/RiskAssessment"),
        ("Patients, systolic over 140", f"{summary.high_pressure:,}", f"{ours}/fhir/Patient"),
        (
            "The same, by documents",
            _or_missing(summary.high_pressure_by_documents),
            f"{ours}/internal/observations",
        ),
        ("In the record of one of them", f"{summary.one_record:,}", f"{ours}/fhir/metadata"),
        ("Seconds in all", f"{summary.seconds:,.1f}", f"{ours}/"),
        ("Resources a second in", f"{summary.resources_per_second:,.0f}", f"{ours}/metrics"),
    ]
    for heading, justify in (("what", "left"), ("count", "right"), ("where", "left")):
        table.add_column(heading, justify=justify, no_wrap=heading == "count", overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*row)
    return table
