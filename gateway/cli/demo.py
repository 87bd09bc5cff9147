"""`gateway demo`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.console import err, out
from gateway.cli.run import configured, run

if TYPE_CHECKING:
    from gateway.demo.plan import DemoPlan
    from gateway.demo.results import ResultRow


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the table; the last line is one JSON object")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Load this folder of FHIR JSON/NDJSON(.gz) instead of the synthetic hospitals")
    ] = None,
    patients: Annotated[int, typer.Option(min=2, help="Synthetic patients, both hospitals together")] = 200,
    observations: Annotated[int, typer.Option(min=20, help="Synthetic observations, both hospitals together")] = 20_000,
    port: Annotated[int, typer.Option(help="Port of our gateway")] = 8080,
    partner_port: Annotated[int, typer.Option(help="Port of the partner hospital")] = 8081,
    folder: Annotated[Path, typer.Option(help="Where both keep their data; emptied first")] = Path("data/demo"),
) -> None:
    """Show the whole product on this machine: two hospitals, real databases, sync both ways, scores."""
    from gateway.demo.plan import DemoPlan

    configured("warning")
    run(_demo(DemoPlan(folder, port, partner_port, patients, observations, data), once))


async def _demo(plan: DemoPlan, once: bool) -> None:
    import asyncio
    import signal
    from contextlib import suppress

    from gateway.demo import results, story

    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with story.tell(plan, err) as told:
        for line in table(results.rows(told.summary, told.ours, told.partner), out.width):
            out.print(line, highlight=False, markup=False, soft_wrap=True)
        for line in next_steps(results.command_line(told.ours), once=once):
            err.print(line, highlight=False, markup=False, soft_wrap=True)
        if once:
            typer.echo(told.summary.json())
            return
        with suppress(asyncio.CancelledError):  # Ctrl-C, from here on, is how the demo ends well
            await asyncio.Event().wait()


def table(rows: Iterable[ResultRow], width: int) -> list[str]:
    """Return the lines of the table at the end, for a screen of `width` columns.

    An address that does not fit beside its count gets a line of its own, so that no line break falls into it.
    """
    rows = list(rows)
    widest, digits = max(len(row.what) for row in rows), max(len(row.count) for row in rows)
    lines = ["What happened"]
    for row in rows:
        line = f"{row.what:<{widest}}  {row.count:>{digits}}"
        lines += [f"{line}  {row.url}"] if len(line) + 2 + len(row.url) <= width else [line, f"  {row.url}"]
    return lines


def next_steps(export: str, *, once: bool) -> list[str]:
    """Return what to do next: how the command line finds the demo's data, and how to end."""
    when = "now" if once else "in another terminal, while the demo runs and after it"
    lines = [
        f"To use the command line on these data {when}:",
        f"  {export}",
        "  gateway doctor; gateway quality; gateway codes review --list; gateway sync run lakeside",
    ]
    return lines if once else [*lines, "Both gateways stay up. Ctrl-C stops them."]
