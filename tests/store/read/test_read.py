"""Resources are read by id."""

import asyncio
from typing import Any

import pytest
from pymongo import monitoring
from pymongo.errors import ServerSelectionTimeoutError
from pymongo.monitoring import CommandStartedEvent

from gateway.errors import Busy
from gateway.store import Store
from tests.store.resources import write


class Finds(monitoring.CommandListener):
    """Counts the find commands sent on `resources`."""

    count = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.count += event.command.get("find") == "resources"

    def succeeded(self, event: Any) -> None: ...
    def failed(self, event: Any) -> None: ...


async def test_concurrent_reads_share_one_query(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.commit(*(write(f"p{n}") for n in range(20)))
    finds = Finds()
    monkeypatch.setattr(store.client._event_listeners, "_EventListeners__command_listeners", [finds])
    monkeypatch.setattr(store.client._event_listeners, "_EventListeners__enabled_for_commands", True)
    found = await asyncio.gather(*(store.resources.read("Patient", f"p{n % 25}") for n in range(50)))
    assert [one.id if one else None for one in found] == [f"p{n}" if n < 20 else None for n in range(25)] * 2
    assert finds.count == 1


async def test_a_reader_who_leaves_takes_nobody_along(store: Store) -> None:
    await store.commit(write("a"))
    tasks = [asyncio.create_task(store.resources.read("Patient", "a")) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    assert [one.id for one in await asyncio.gather(*tasks[1:]) if one] == ["a", "a"]


async def test_versions_that_never_were_are_not_found(store: Store) -> None:
    await store.commit(write("a"))
    assert await store.resources.vread("Patient", "a", 1) == await store.resources.read("Patient", "a")
    assert await store.resources.vread("Patient", "a", 2) is None
    assert await store.resources.vread("Patient", "a", 0) is None
    assert await store.resources.vread("Patient", "b", 1) is None


async def test_a_database_that_does_not_answer_is_busy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise ServerSelectionTimeoutError("no primary")

    monkeypatch.setattr("gateway.store.read.read.by_key", away)
    with pytest.raises(Busy):
        await store.resources.read("Patient", "a")
    with pytest.raises(Busy):
        await store.resources.read_many([("Patient", "a")])
