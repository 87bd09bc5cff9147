"""A process that dies inside a transaction must not hold up the others for the minute MongoDB gives it."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from gateway.store import Store
from gateway.store.write import commit
from gateway.store.write import presence as presence_module
from gateway.store.write.presence import Presence
from tests.store.resources import consistent, write


@pytest.fixture
async def dead(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Presence]:
    """A process that has taken its places in the feed, and neither goes on nor gives a sign of life."""
    await store.commit(write("before"))
    monkeypatch.setattr(commit, "OTHERS_MS", 200)
    monkeypatch.setattr(presence_module, "LIFE_SECONDS", 0.5)
    process = Presence(store.database)
    session = await process.session()
    assert process._beating
    process._beating.cancel()
    await session.start_transaction()
    await store.database.counters.update_one({"_id": "feed"}, {"$inc": {"seq": 7}}, session=session)
    yield process
    await process.discard()


async def test_its_transaction_is_ended_by_who_waits(store: Store, dead: Presence) -> None:
    started = time.monotonic()
    await store.commit(write("after"))
    assert time.monotonic() - started < 10
    await consistent(store)
    assert await store.database.writers.count_documents({"_id": dead.name}) == 0


async def test_one_taken_for_dead_by_mistake_just_tries_again(
    store: Store, mongo: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await Store.open(mongo, database, store.internal.mappings) as other:
        tasks = [asyncio.create_task(store.commit(write(f"p{n}", n=n))) for n in range(300)]
        for _ in range(10):
            await asyncio.sleep(0.005)
            await other.database.writers.update_many({}, [{"$set": {"until": {"$subtract": ["$$NOW", 1]}}}])
            await other._commits._presence.end_dead()
        await asyncio.gather(*tasks)
    await consistent(store)


async def test_a_closed_store_is_no_writer_any_more(store: Store, mongo: str, database: str) -> None:
    async with await Store.open(mongo, database, store.internal.mappings) as other:
        await other.commit(write("a"))
        assert await store.database.writers.count_documents({}) == 1
    assert await store.database.writers.count_documents({}) == 0
