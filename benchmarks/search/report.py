"""The tables that `make bench-search` prints."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.search.measure import Scale

SLOW = 5.0
"""Milliseconds: the promise for the median of each kind."""

STEEP = 2.0
"""How many times as long a kind may take at the largest scale."""


def show(scales: Sequence[Scale], console: Console) -> None:
    console.print(_times(scales))
    for scale in scales:
        memory = ", ".join(f"{name} {size:,} MB" for name, size in scale.memory.items())
        seconds = f"loaded in {scale.load_seconds:,.0f} s"
        console.print(f"{scale.patients:,} patients, {scale.resources:,} resources, {seconds}; peak memory {memory}")
    for kind, steps in scales[-1].explained.items():
        if _notable(kind, scales):
            console.print(f"\n[bold]{kind}[/]")
            for step in steps:
                console.print(f"  {step}", markup=False, highlight=False, soft_wrap=True)


def _notable(kind: str, scales: Sequence[Scale]) -> bool:
    first, last = scales[0].kinds[kind], scales[-1].kinds[kind]
    return first is None or last is None or last.p50 > SLOW or last.p50 > STEEP * first.p50


def _times(scales: Sequence[Scale]) -> Table:
    table = Table(title="Milliseconds, one request at a time; raw: the same resources by _id", title_justify="left")
    table.add_column("kind")
    for scale in scales:
        table.add_column(f"p50\n{scale.patients:,}", justify="right")
        table.add_column("p95", justify="right")
        table.add_column("× raw", justify="right")
    table.add_column("entries", justify="right")
    table.add_column("last/first", justify="right")
    for kind in scales[0].kinds:
        table.add_row(kind, *_row(kind, scales))
    return table


def _row(kind: str, scales: Sequence[Scale]) -> list[str]:
    cells = []
    for scale in scales:
        times = scale.kinds[kind]
        if times is None:
            cells += ["refused", "", ""]
            continue
        p50 = f"[bold red]{times.p50:.1f}[/]" if times.p50 > SLOW else f"{times.p50:.1f}"
        cells += [p50, f"{times.p95:.1f}", f"{times.p50 / times.raw:.1f}"]
    first, last = scales[0].kinds[kind], scales[-1].kinds[kind]
    if first is None or last is None:
        return [*cells, "", ""]
    growth = last.p50 / first.p50
    return [*cells, f"{last.entries:.0f}", f"[bold red]{growth:.1f}[/]" if growth > STEEP else f"{growth:.1f}"]
