"""Several processes on one database, and processes that die: nothing acknowledged is lost, nothing is double."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.store import Store
from gateway.store.server import embedded
from tests.conftest import NoMappings
from tests.store.resources import consistent, write

REPOSITORY = Path(__file__).parents[2]


class Writer:
    """A running tests.store.writer and the units it has reported."""

    def __init__(self, name: str, *where: str) -> None:
        command = [sys.executable, "-m", "tests.store.writer", *where, "writers", name]
        self.name = name
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        self.acknowledged: set[int] = set()

    async def until(self, units: int) -> None:
        """Reads reports until that many more have come, or the process ends."""
        await asyncio.to_thread(self._read, len(self.acknowledged) + units)

    def _read(self, units: int) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.strip().isdigit():
                self.acknowledged.add(int(line))
            if len(self.acknowledged) >= units:
                return

    async def kill(self) -> None:
        self.process.kill()
        await self.until(10**9)
        self.process.wait()

    async def verify(self, store: Store) -> None:
        """Every acknowledged unit is there as a whole, and no unit is there in part."""
        keys = [("Patient", f"{self.name}-{n}-{part}") for n in self.acknowledged for part in "ab"]
        assert len(await store.resources.read_many(keys)) == len(keys)
        changes = [c for c in await store.feed.after(0, 1_000_000) if c.id.startswith(f"{self.name}-")]
        assert all(change.version == 1 for change in changes)
        units = {change.id[:-2] for change in changes}
        assert len(changes) == 2 * len(units)


@pytest.fixture
async def writers() -> AsyncIterator[Callable[..., Writer]]:
    started: list[Writer] = []

    def start(name: str, *where: str) -> Writer:
        started.append(Writer(name, *where))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            await one.kill()
        if one.process.stdout:
            one.process.stdout.close()


async def test_two_processes_write_one_gapless_feed(mongo: str, writers: Callable[..., Writer]) -> None:
    async with await Store.open(mongo, "writers", NoMappings()) as store:
        both = [writers("x", mongo), writers("y", mongo)]
        await asyncio.gather(*(one.until(100) for one in both))
        for one, other in (both, reversed(both)):
            await one.kill()  # perhaps inside a transaction
            if other.process.poll() is None:
                await other.until(20)
        await store.commit(write("afterwards"))
        for one in both:
            await one.verify(store)
            assert len(one.acknowledged) >= 100  # neither was starved
        await consistent(store)
        await store.drop()


async def test_a_gateway_killed_while_writing_loses_nothing_it_acknowledged(
    tmp_path: Path, writers: Callable[..., Writer]
) -> None:
    writer = writers("x", "--data", str(tmp_path))
    await writer.until(100)
    await writer.kill()
    async with (
        embedded.start(tmp_path, cache_gb=0.25) as running,
        await Store.open(running.uri, "writers", NoMappings()) as store,
    ):
        await writer.verify(store)
        await consistent(store)


async def test_writing_goes_on_through_the_death_of_mongod(tmp_path: Path, writers: Callable[..., Writer]) -> None:
    writer = writers("x", "--data", str(tmp_path))
    await writer.until(20)
    async with embedded.start(tmp_path, attach=True) as running:
        assert running.pid
        os.kill(running.pid, signal.SIGKILL)
    await writer.until(60)
    assert writer.process.poll() is None
    await writer.kill()
    async with (
        embedded.start(tmp_path, cache_gb=0.25) as running,
        await Store.open(running.uri, "writers", NoMappings()) as store,
    ):
        await writer.verify(store)
        await consistent(store)


async def test_many_gateways_may_open_a_new_database_at_once(mongo: str, database: str) -> None:
    stores = await asyncio.gather(*(Store.open(mongo, database, NoMappings()) for _ in range(5)))
    assert [await store.feed.head() for store in stores] == [0] * 5
    await stores[0].drop()
    for store in stores:
        await store.close()
