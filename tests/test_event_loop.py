"""What takes long is done in pieces or in a thread, and ends with the request it is done for."""

import asyncio
import threading

import pytest

from gateway import budget, event_loop
from gateway.budget import Budget, Limits
from gateway.errors import TooCostly


@pytest.mark.parametrize("subject", [b"x" * 40_000, "x" * 40_000, {"a": ["x"] * 3_000}, [{"a": "x" * 40_000}]])
async def test_work_on_a_large_input_is_done_in_a_thread(subject: object) -> None:
    assert await event_loop.run(threading.get_ident, subject) != threading.get_ident()


@pytest.mark.parametrize("subject", [None, b"x", "x" * 30_000, {"a": [{"b": 1}] * 100}])
async def test_work_on_a_small_input_is_done_at_once(subject: object) -> None:
    assert await event_loop.run(threading.get_ident, subject) == threading.get_ident()


async def test_errors_of_work_in_a_thread_arrive() -> None:
    with pytest.raises(ZeroDivisionError):
        await event_loop.in_thread(lambda: 1 // 0)


def test_the_weight_is_the_length_of_texts_plus_sixteen_for_each_value() -> None:
    tree = {"a": "four", "b": [b"xx", 1, None, {"c": []}], "d": {}}
    assert event_loop.weight(tree, 1_000) == 16 * 9 + len("four") + len(b"xx")
    assert event_loop.weight("four", 1_000) == 16 + 4


def test_weighing_stops_where_a_tree_is_known_to_be_large() -> None:
    tree = [{"a": "x" * 1_000}] * 1_000
    assert event_loop.weight(tree, 10_000_000) == 16 + 1_000 * (16 + 16 + 1_000)
    assert 20_000 < event_loop.weight(tree, 20_000) < 22_000


async def test_a_tree_is_weighed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed: list[object] = []
    weight = event_loop.weight
    monkeypatch.setattr(event_loop, "weight", lambda tree, most: weighed.append(tree) or weight(tree, most))
    small, same = {"a": "once"}, {"a": "once"}
    for tree in (small, small, same):
        assert await event_loop.run(threading.get_ident, tree) == threading.get_ident()
    assert [id(tree) for tree in weighed] == [id(small), id(same)]


async def test_a_large_tree_is_never_taken_for_a_small_one_that_is_gone() -> None:
    for _ in range(2_000):
        assert not event_loop.is_large({"a": "small"})
        assert event_loop.is_large({"a": "x" * 40_000})


async def test_two_hundred_tasks_that_are_ready_at_once_share_one_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them takes less than a slice; together they would hold the loop for seconds."""
    now = 0.0
    monkeypatch.setattr(event_loop.time, "monotonic", lambda: now)
    in_a_round, most = 0, 0

    async def piece() -> None:
        nonlocal now, in_a_round, most
        await event_loop.breathe()
        now += event_loop.SLICE / 4
        in_a_round += 1
        most = max(most, in_a_round)

    async def rounds() -> None:
        nonlocal in_a_round
        while True:
            await asyncio.sleep(0)
            in_a_round = 0

    counting = asyncio.create_task(rounds())
    await asyncio.gather(*(piece() for _ in range(200)))
    counting.cancel()
    assert most <= 5


async def test_work_ends_when_nobody_waits_for_it() -> None:
    started, ended = threading.Event(), threading.Event()

    def endless() -> None:
        started.set()
        try:
            while True:
                budget.check()
        finally:
            ended.set()

    with budget.use(Budget(Limits())):
        task = asyncio.create_task(event_loop.in_thread(endless))
    await asyncio.to_thread(started.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 10)


async def test_work_ends_with_the_time_of_its_request() -> None:
    def endless() -> None:
        while True:
            budget.check()

    with budget.use(Budget(Limits(seconds=0.05))), pytest.raises(TooCostly, match=r"0\.05 seconds"):
        await event_loop.in_thread(endless)
