"""What the order of the feed costs: `python -m benchmarks.feed_order [SECONDS]`.

One, two and four processes write as fast as they can, (a) with the counter inside every transaction, as the store does
it, and (b) without any counter, which is as fast as a feed without an order of its own could be: its readers would
follow a change stream instead. Then one process reads what was written, in order, both ways.
Results and the decision: docs/explanation/decisions/feed-order.md.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from rich.console import Console
from rich.table import Table

from gateway.mapping import Projection
from gateway.mapping.indexes import Index
from gateway.store import Store, Write
from gateway.store.server import embedded
from gateway.store.write import commit
from gateway.store.write.transaction import DatabaseTransaction

PROCESSES = (1, 2, 4)
LOADS = {"units of 100, 4 at a time": (100, 4), "units of 1, 50 at a time": (1, 50)}
WARM_UP = 1.0


class NoMappings:
    collections: ClassVar[dict[str, str]] = {}
    stamps: ClassVar[dict[str, str]] = {}
    indexes: ClassVar[dict[str, tuple[Index, ...]]] = {}
    late: frozenset[str] = frozenset()

    def get(self, resource: object, /) -> tuple[Projection, ...]:
        return ()


class Uncounted(DatabaseTransaction):
    """A transaction that takes its places in the feed from a range of its own."""

    places = count(os.getpid() << 36, 1 << 9)

    async def enter(self, places: int) -> None:
        self.seq = self.end = next(self.places)
        self.at = datetime.now(UTC)

    async def _leave(self) -> None:
        pass


def observation(number: int) -> dict[str, Any]:
    coding = {"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}
    quantity = {"value": Decimal("120.0"), "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [coding]},
        "subject": {"reference": f"Patient/{number % 200}"},
        "effectiveDateTime": "2026-01-01T08:00:00Z",
        "valueQuantity": quantity,
    }


async def writer(uri: str, database: str, name: str, size: int, parallel: int, seconds: float) -> None:
    """Write until the time is over; print how many resources were committed after the warm-up and the slowest unit."""
    async with await Store.open(uri, database, NoMappings()) as store:
        numbers, written, slowest = count(), 0, 0.0
        start = time.monotonic() + WARM_UP

        async def work() -> None:
            nonlocal written, slowest
            while (began := time.monotonic()) < start + seconds:
                ids = [next(numbers) for _ in range(size)]
                await store.commit(*(Write("Observation", f"{name}-{n}", observation(n), "api") for n in ids))
                if began >= start:
                    written, slowest = written + size, max(slowest, time.monotonic() - began)

        await asyncio.gather(*(work() for _ in range(parallel)))
    json.dump({"written": written, "slowest": slowest}, sys.stdout)


async def measure(uri: str, database: str, order: str, processes: int, load: tuple[int, int], seconds: float) -> Any:
    """Return resources per second, the share of the slowest process, and the seconds of the slowest unit."""
    command = [sys.executable, "-m", "benchmarks.feed_order", "writer", order, uri, database]
    arguments = [str(number) for number in (*load, seconds)]
    started = [
        await asyncio.create_subprocess_exec(*command, f"{order}{processes}{number}", *arguments, stdout=-1)
        for number in range(processes)
    ]
    reports = [json.loads((await process.communicate())[0]) for process in started]
    written = [report["written"] for report in reports]
    fairness = min(written) * processes / max(1, sum(written))
    return sum(written) / seconds, fairness, max(report["slowest"] for report in reports)


async def reading(uri: str, database: str) -> tuple[float, float]:
    """Return how many changes per second are read from the feed, and from a change stream over the same changes."""
    async with await Store.open(uri, database, NoMappings()) as store:
        feed = store.database.feed
        operation = (await store.database.command("ping"))["operationTime"]
        numbers = range(20_000)
        for first in numbers[::500]:
            part = [Write("Basic", f"r{n}", {"resourceType": "Basic"}, "api") for n in numbers[first : first + 500]]
            await store.commit(*part)
        seq, began, read = await store.feed.head() - len(numbers), time.monotonic(), 0
        while changes := await store.feed.after(seq, 500):
            seq, read = changes[-1].seq, read + len(changes)
        by_feed = read / (time.monotonic() - began)
        began = time.monotonic()
        async with await feed.watch(start_at_operation_time=operation, batch_size=500) as stream:
            for _ in numbers:
                await stream.next()
        return by_feed, len(numbers) / (time.monotonic() - began)


async def main(seconds: float) -> None:
    table = Table("load", "order", "n", "resources/s", "least share", "slowest unit")
    with tempfile.TemporaryDirectory() as folder:
        async with embedded.start(Path(folder)) as running:
            for label, load in LOADS.items():
                for order in ("counter", "none"):
                    for processes in PROCESSES:
                        rate, fair, slowest = await measure(
                            running.uri, f"{order}{processes}{load[0]}", order, processes, load, seconds
                        )
                        table.add_row(label, order, str(processes), f"{rate:,.0f}", f"{fair:.0%}", f"{slowest:.2f} s")
            by_feed, by_stream = await reading(running.uri, "reading")
    console = Console()
    console.print(table)
    console.print(f"read in order: feed {by_feed:,.0f}/s, change stream {by_stream:,.0f}/s")


def run(arguments: Sequence[str]) -> None:
    if arguments[:1] != ["writer"]:
        asyncio.run(main(float(arguments[0]) if arguments else 5.0))
        return
    order, uri, database, name, size, parallel, seconds = arguments[1:]
    if order == "none":
        commit.DatabaseTransaction = Uncounted  # type: ignore[misc]
    asyncio.run(writer(uri, database, name, int(size), int(parallel), float(seconds)))


if __name__ == "__main__":
    run(sys.argv[1:])
