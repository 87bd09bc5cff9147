"""Write queues: who would create on the same condition waits; who would not, does not."""

import asyncio

import pytest

from gateway.api.process import write_queues
from gateway.api.process.write_queues import WriteQueues


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Visits:
    """What was entered, in order; each visit stays until it is told to go, or to leave some of its names."""

    def __init__(self) -> None:
        self.queues, self.entered = WriteQueues(), list[str]()
        self.ends: dict[str, asyncio.Event] = {}
        self.releases: dict[str, write_queues.Release] = {}

    def come(self, who: str, *names: str) -> "asyncio.Task[None]":
        self.ends[who] = asyncio.Event()
        return asyncio.create_task(self._stay(who, names))

    async def _stay(self, who: str, names: tuple[str, ...]) -> None:
        async with self.queues.hold(names) as release:
            self.entered.append(who)
            self.releases[who] = release
            await self.ends[who].wait()


async def test_the_same_name_is_taken_by_one_after_another_in_the_order_of_arrival() -> None:
    visits = Visits()
    tasks = [visits.come(who, "name") for who in "abc"]
    for number, who in enumerate("abc", 1):
        await settle()
        assert visits.entered == list("abc"[:number])
        visits.ends[who].set()
    await asyncio.gather(*tasks)
    assert not visits.queues._last


async def test_other_names_do_not_wait() -> None:
    visits = Visits()
    tasks = [visits.come("a", "one"), visits.come("b", "other"), visits.come("c")]
    await settle()
    assert visits.entered == ["a", "b", "c"]
    for who in "abc":
        visits.ends[who].set()
    await asyncio.gather(*tasks)


async def test_names_in_any_order_never_block_each_other() -> None:
    visits = Visits()
    tasks = [visits.come("a", "x", "y"), visits.come("b", "y", "x"), visits.come("c", "y")]
    for end in visits.ends.values():
        end.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert visits.entered == ["a", "b", "c"]


async def test_who_releases_a_name_early_lets_the_next_one_in() -> None:
    visits = Visits()
    tasks = [visits.come("a", "x", "y"), visits.come("b", "x"), visits.come("c", "y")]
    await settle()
    visits.releases["a"](["x", "never taken"])
    await settle()
    assert visits.entered == ["a", "b"]
    for end in visits.ends.values():
        end.set()
    await asyncio.gather(*tasks)
    assert visits.entered == ["a", "b", "c"]


async def test_a_waiter_who_goes_away_stops_nobody() -> None:
    visits = Visits()
    tasks = [visits.come(who, "name") for who in "abc"]
    await settle()
    tasks[1].cancel()
    for end in visits.ends.values():
        end.set()
    await asyncio.gather(tasks[0], tasks[2])
    assert sorted(visits.entered) == ["a", "c"] and not visits.queues._last


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_queues, "LONGEST_WAIT", 0.01)
    visits = Visits()
    tasks = [visits.come("a", "name"), visits.come("b", "name")]
    visits.ends["b"].set()
    await asyncio.wait_for(tasks[1], 5)
    assert visits.entered == ["a", "b"]
    visits.ends["a"].set()
    await tasks[0]
