"""The change feed, as callers above the store see it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from gateway.errors import Busy
from gateway.store import Change, Store
from tests.store.resources import write


async def test_a_new_feed_has_no_changes_and_no_time(store: Store) -> None:
    await store.database.counters.delete_many({})
    assert (await store.feed.head(), await store.feed.newest(), await store.feed.after(0, 9)) == (0, None, [])


async def test_the_newest_time_is_that_of_the_latest_version(store: Store) -> None:
    assert await store.feed.newest() is None or await store.feed.head() > 0
    await store.commit(write("a"), write("b"))
    [*_, last] = await store.feed.after(0, 9)
    newest = await store.feed.newest()
    assert newest == last.at and newest is not None
    assert abs(datetime.now(UTC) - newest) < timedelta(minutes=1)


async def test_no_more_changes_are_read_than_asked_for(store: Store) -> None:
    await store.commit(*(write(name) for name in "abcd"))
    assert [change.id for change in await store.feed.after(1, 2)] == ["b", "c"]
    assert await store.feed.after(4, 2) == []


async def test_a_follower_is_given_batches_and_its_position_is_known(store: Store) -> None:
    stop, batches = asyncio.Event(), list[list[str]]()

    async def handle(changes: Sequence[Change]) -> None:
        batches.append([change.id for change in changes])
        if changes[-1].id == "e":
            stop.set()

    await store.commit(*(write(name) for name in "abcde"))
    assert (await store.feed.position("reader"), await store.feed.cursors()) == (0, {})
    await asyncio.wait_for(store.feed.follow("reader", handle, batch=2, stop=stop), 20)
    assert batches == [["a", "b"], ["c", "d"], ["e"]]
    assert await store.feed.position("reader") == 5
    assert await store.feed.cursors() == {"reader": 5}


async def test_a_database_that_is_away_is_busy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise ServerSelectionTimeoutError("no primary")

    for name in ("after", "head", "newest"):
        monkeypatch.setattr(store._feed, name, away)
    for call in (store.feed.after(0, 1), store.feed.head(), store.feed.newest()):
        with pytest.raises(Busy):
            await call
