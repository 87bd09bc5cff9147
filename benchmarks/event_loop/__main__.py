"""`make bench-loop`: hostile requests, each beside a probe of `/healthz`, and how long each held the event loop."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.event_loop.cases import CASES
from benchmarks.event_loop.inputs import Case
from benchmarks.event_loop.probe import probing, send
from gateway.store.server.mongod import free_port

SECONDS = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """`held`: the longest time, in seconds of processor time, that the loop was held up; `waited`: the longest wait of
    the probe."""

    name: str
    status: int
    seconds: float
    held: float
    waited: float


@dataclass(frozen=True, slots=True)
class Gateway:
    """Two ports: that of the gateway, and one that answers for how long the loop of the gateway was held up."""

    port: int
    watched_at: int

    async def held(self) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.watched_at)
        line = await reader.readline()
        writer.close()
        return float(line)


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Gateway]:
    """A gateway in a process of its own."""
    gateway = Gateway(free_port(None), free_port(None))
    arguments = (str(gateway.port), str(gateway.watched_at), str(folder))
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.event_loop.watched", *arguments, stdout=quiet
    )
    try:
        await _ready(gateway, process)
        yield gateway
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _ready(gateway: Gateway, process: asyncio.subprocess.Process) -> None:
    for _ in range(SECONDS * 10):
        try:
            await gateway.held()
            return
        except OSError:
            await asyncio.sleep(0.1)
        if process.returncode is not None:
            break
    raise RuntimeError("the gateway did not start")


async def measure(gateway: Gateway, case: Case) -> Measured:
    """Raises RuntimeError when what the request needs could not be stored."""
    for request in case.before():
        status, body = await send(gateway.port, request)
        if status >= 300:
            raise RuntimeError(f"{case.name}: {request.path} answered {status}: {body[:300]!r}")
    request = case.request()
    await gateway.held()
    async with probing(gateway.port) as waits:
        await asyncio.sleep(0.05)
        started = time.perf_counter()
        status, _ = await send(gateway.port, request)
        seconds = time.perf_counter() - started
        await asyncio.sleep(0.05)
    return Measured(case.name, status, seconds, await gateway.held(), waits.longest)


async def run(folder: Path, words: list[str], console: Console) -> list[Measured]:
    rows = []
    async with watched(folder) as gateway:
        for case in CASES:
            if any(word in case.name for word in words):
                row = await measure(gateway, case)
                rows.append(row)
                figures = f"{row.held * 1000:7.0f} {row.waited * 1000:7.0f} ms {row.seconds:7.2f} s"
                console.print(f"{figures}  {row.status}  {row.name}", highlight=False)
    return rows


def report(rows: list[Measured], console: Console) -> None:
    table = Table(title="For how long each request held the event loop, in milliseconds", title_justify="left")
    for heading in ("request", "status", "seconds", "loop held", "/healthz waited"):
        table.add_column(heading, justify="left" if heading == "request" else "right")
    for row in sorted(rows, key=lambda row: -row.held):
        figures = (f"{row.seconds:.2f}", f"{row.held * 1000:.0f}", f"{row.waited * 1000:.0f}")
        table.add_row(row.name, str(row.status), *figures)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", default=[""], help="only requests whose name holds one of these")
    options = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(run(Path(folder), options.words, console))
    report(rows, console)


if __name__ == "__main__":
    main()
