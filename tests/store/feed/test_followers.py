"""Followers: nothing skipped, one at a time, resumed where they stopped."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from gateway.store import Change, Store
from gateway.store.feed import followers
from tests.store.resources import write


@pytest.fixture
async def other(store: Store, mongo: str, database: str) -> AsyncIterator[Store]:
    async with await Store.open(mongo, database, store.internal.mappings) as opened:
        yield opened


class Recorder:
    """A handler that remembers, and stops once it has seen enough."""

    def __init__(self, enough: int, failures: int = 0) -> None:
        self.seen: list[int] = []
        self.enough, self.failures = enough, failures
        self.stop = asyncio.Event()

    async def __call__(self, changes: Sequence[Change]) -> None:
        if self.failures:
            self.failures -= 1
            raise ValueError("not today")
        self.seen += [change.seq for change in changes]
        if len(self.seen) >= self.enough:
            self.stop.set()


async def test_a_follower_sees_all_in_order_and_goes_on_where_it_stopped(store: Store) -> None:
    await store.commit(*(write(f"p{n}") for n in range(25)))
    first = Recorder(20)
    await store.feed.follow("f", first, batch=10, stop=first.stop)
    assert first.seen == list(range(1, 21))
    assert await store.feed.position("f") == 20
    second = Recorder(5)
    await store.feed.follow("f", second, batch=10, stop=second.stop)
    assert second.seen == list(range(21, 26))


async def test_what_is_committed_while_following_arrives_at_once(store: Store) -> None:
    recorder = Recorder(1)
    task = asyncio.create_task(store.feed.follow("f", recorder, stop=recorder.stop))
    while not await store.feed.cursors():
        await asyncio.sleep(0.01)
    started = time.monotonic()
    await store.commit(write("a"))
    await task
    assert recorder.seen == [1]
    assert time.monotonic() - started < 1


async def test_a_failing_handler_is_tried_again_with_the_same_batch(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "FIRST_PAUSE", 0.01)
    await store.commit(*(write(f"p{n}") for n in range(3)))
    recorder = Recorder(3, failures=3)
    await store.feed.follow("f", recorder, stop=recorder.stop)
    assert recorder.seen == [1, 2, 3]


async def test_a_fault_of_a_library_does_not_end_a_follower(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "LEASE_SECONDS", 0.1)
    failures = iter([RuntimeError("Lock is not acquired")])
    acquire = followers.Lease.acquire

    async def failing(lease: followers.Lease) -> int | None:
        for error in failures:
            raise error
        return await acquire(lease)

    monkeypatch.setattr(followers.Lease, "acquire", failing)
    await store.commit(write("a"))
    recorder = Recorder(1)
    await store.feed.follow("f", recorder, stop=recorder.stop)
    assert recorder.seen == [1]


async def test_one_of_two_processes_does_the_work_and_the_other_takes_over(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "LEASE_SECONDS", 3.0)
    first, second = Recorder(99), Recorder(99)
    leader = asyncio.create_task(store.feed.follow("f", first, stop=first.stop))
    while not await store.feed.cursors():
        await asyncio.sleep(0.01)
    heir = asyncio.create_task(other.feed.follow("f", second, stop=second.stop))
    await store.commit(*(write(f"p{n}") for n in range(5)))
    while await store.feed.position("f") < 5:
        await asyncio.sleep(0.01)
    first.stop.set()
    await leader
    await store.commit(*(write(f"q{n}") for n in range(5)))
    while await store.feed.position("f") < 10:
        await asyncio.sleep(0.01)
    second.stop.set()
    await heir
    assert (first.seen, second.seen) == ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])


async def test_a_lease_that_nobody_renews_runs_out(store: Store, other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "LEASE_SECONDS", 0.5)
    dead, heir = followers.Lease(store.database, "f"), followers.Lease(other.database, "f")
    assert await dead.acquire() == 0
    await dead.advance(7)
    assert await heir.acquire() is None
    deadline = time.monotonic() + 10
    while (cursor := await heir.acquire()) is None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert cursor == 7
    with pytest.raises(followers.LeaseLost):
        await dead.advance(8)
    assert await store.feed.position("f") == 7


async def test_stop_is_honoured_while_idle_and_while_a_handler_hangs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "GRACE_SECONDS", 0.2)
    stop, hanging = asyncio.Event(), asyncio.Event()

    async def hang(changes: Sequence[Change]) -> None:
        hanging.set()
        await asyncio.sleep(600)

    idle = asyncio.create_task(store.feed.follow("idle", hang, stop=stop))
    while "idle" not in await store.feed.cursors():
        await asyncio.sleep(0.01)
    stop.set()
    async with asyncio.timeout(1):
        await idle
    stop.clear()
    await store.commit(write("a"))
    busy = asyncio.create_task(store.feed.follow("busy", hang, stop=stop))
    await hanging.wait()
    stop.set()
    async with asyncio.timeout(2):
        await busy
    assert await store.feed.position("busy") == 0
