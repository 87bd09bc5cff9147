"""The feed: complete, in order, and quick to wake who waits."""

import asyncio
import time

from gateway.store import Store, Write
from tests.store.resources import consistent, patient, write


async def test_every_change_is_there_once_in_order_with_its_origin(store: Store) -> None:
    assert (await store.feed.after(0, 10), await store.feed.head()) == ([], 0)
    await store.commit(write("a"), Write("Patient", "b", patient("b"), "partner:north"))
    await store.commit(write("a"))  # changes nothing, so it is no change
    await store.commit(Write("Patient", "a", None, "api"))
    changes = await store.feed.after(0, 10)
    assert [(c.seq, c.id, c.version, c.action, c.origin) for c in changes] == [
        (1, "a", 1, "create", "api"),
        (2, "b", 1, "create", "partner:north"),
        (3, "a", 2, "delete", "api"),
    ]
    assert await store.feed.after(1, 1) == changes[1:2]


async def test_two_stores_on_one_database_keep_one_order(store: Store, mongo: str, database: str) -> None:
    async with await Store.open(mongo, database, store.internal.mappings) as other:
        both = [
            one.commit(write(f"p{n % 7}", n=n, by=name))
            for n in range(60)
            for name, one in (("x", store), ("y", other))
        ]
        results = await asyncio.gather(*both)
        assert sum(result.action != "unchanged" for [result] in results) == await store.feed.head()
    await consistent(store)


async def test_waiting_ends_with_the_next_commit_of_this_process(store: Store) -> None:
    waiter = asyncio.create_task(store.feed.wait(0, 30))
    await asyncio.sleep(0)
    await store.commit(write("a"))
    started = time.monotonic()
    assert await waiter
    assert time.monotonic() - started < 0.1


async def test_waiting_ends_soon_after_a_commit_of_another_process(store: Store, mongo: str, database: str) -> None:
    async with await Store.open(mongo, database, store.internal.mappings) as other:
        waiter = asyncio.create_task(store.feed.wait(0, 30))
        await other.commit(write("a"))
        started = time.monotonic()
        assert await waiter
        assert time.monotonic() - started < 2


async def test_waiting_for_what_is_already_there_does_not_wait(store: Store) -> None:
    await store.commit(write("a"))
    assert await store.feed.wait(0, 30)


async def test_waiting_in_vain_ends_in_time(store: Store) -> None:
    assert not await store.feed.wait(0, 0.3)


async def test_times_never_run_against_the_feed_although_a_clock_is_ahead(store: Store) -> None:
    from datetime import UTC, datetime, timedelta

    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    await store.database.counters.update_one({"_id": "feed"}, {"$set": {"at": ahead}})
    for n in range(3):
        await store.commit(write("a", n=n))
    assert [c.at - ahead for c in await store.feed.after(0, 9)] == [timedelta(milliseconds=n) for n in (1, 2, 3)]
