"""Tasks that lose or ignore a cancellation are cancelled again, and never waited for without an end."""

import asyncio
import time

import pymongo.lock
import pytest

import gateway.store.server.connect  # noqa: F401 - replaces what PyMongo waits with
from gateway.cancellation import cancel, wait_for, within


async def losing(times: int) -> None:
    """What `asyncio.wait_for` of Python 3.11 does to a loop: the first cancellations are lost."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if not times:
                raise
            times -= 1


async def test_a_task_that_loses_its_first_cancellations_ends() -> None:
    task = asyncio.create_task(losing(2))
    await asyncio.sleep(0)
    assert await cancel(task) == set()
    assert task.cancelled()


async def test_a_task_that_ignores_them_is_named_after_the_time_is_up() -> None:
    task = asyncio.create_task(losing(4))
    await asyncio.sleep(0)
    started = time.monotonic()
    assert await cancel(task, seconds=0.3) == {task}
    assert time.monotonic() - started < 2
    assert await cancel(task) == set()


async def test_what_has_ended_already_is_left_as_it_is() -> None:
    task = asyncio.create_task(asyncio.sleep(0, "result"))
    await task
    assert await cancel(task) == set() and task.result() == "result"
    assert await cancel() == set()


async def test_work_in_time_is_done_and_its_errors_are_raised() -> None:
    async def broken() -> None:
        raise ValueError("broken")

    assert await within(5, asyncio.sleep(0)) is True
    with pytest.raises(ValueError, match="broken"):
        await within(5, broken())


async def test_work_beyond_its_time_is_left_even_if_it_does_not_let_itself_be_cancelled() -> None:
    tasks: list[asyncio.Task[None] | None] = []

    async def ignoring() -> None:
        tasks.append(asyncio.current_task())
        await losing(8)

    started = time.monotonic()
    assert await within(0.1, asyncio.sleep(60)) is False
    assert await within(0.1, ignoring()) is False
    assert time.monotonic() - started < 3
    assert await cancel(*filter(None, tasks)) == set()


async def test_cancelling_a_waiter_of_pymongo_twice_does_not_release_the_lock_of_another_task() -> None:
    """With `asyncio.wait_for` of Python 3.11, `holder` ends with "RuntimeError: Lock is not acquired"."""
    lock = pymongo.lock._async_create_lock()
    condition = pymongo.lock._async_create_condition(lock)
    release = asyncio.Event()

    async def wait() -> None:
        async with lock:
            await pymongo.lock._async_cond_wait(condition, 60)

    async def hold() -> None:
        async with lock:
            await release.wait()

    waiter = asyncio.create_task(wait())
    await asyncio.sleep(0.01)
    holder = asyncio.create_task(hold())
    await asyncio.sleep(0.01)
    waiter.cancel()
    await asyncio.sleep(0.01)
    waiter.cancel()
    release.set()
    await holder
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert not lock.locked()


async def test_waiting_ends_when_the_time_is_up_or_with_the_result() -> None:
    with pytest.raises(TimeoutError):
        await wait_for(asyncio.sleep(60), 0.01)
    assert await wait_for(asyncio.sleep(0, "result"), None) == "result"
