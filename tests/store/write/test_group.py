"""Which units share a transaction, and that nobody waits for ever."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import errors
from gateway.store.layout.records import Write
from gateway.store.write import group
from gateway.store.write.decide import Prepared
from gateway.store.write.group import GroupCommit, WaitingUnit, next_group
from gateway.store.write.unit import Unit


def unit(*ids: str) -> Unit:
    return Unit([Prepared(Write("Patient", id_, None, "api"), f"Patient/{id_}") for id_ in ids])


def waiting(*ids: str) -> WaitingUnit:
    made = unit(*ids)
    return WaitingUnit(made, frozenset(made.keys), made.size, asyncio.get_running_loop().create_future())


@given(st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=4), max_size=12), st.integers(1, 9))
async def test_groups_are_disjoint_in_order_and_complete(units: list[set[str]], limit: int) -> None:
    left = [waiting(*sorted(ids)) for ids in units]
    order = list(left)
    done: list[WaitingUnit] = []
    original, group.GROUP_WRITES = group.GROUP_WRITES, limit
    try:
        while left:
            now, gone, left = next_group(left)
            assert now and not gone
            assert len(now) == 1 or sum(len(one.keys) for one in now) <= limit
            assert sum(len(one.keys) for one in now) == len(frozenset().union(*(one.keys for one in now)))
            done += now
    finally:
        group.GROUP_WRITES = original
    assert sorted(map(id, done)) == sorted(map(id, order))
    for key in "abcdefgh":
        touching = [one for one in order if f"Patient/{key}" in one.keys]
        assert touching == [one for one in done if f"Patient/{key}" in one.keys]


async def test_units_that_come_during_a_transaction_share_the_next() -> None:
    groups: list[int] = []
    first = asyncio.Event()

    async def run(units: Sequence[Unit]) -> list[list[object]]:
        groups.append(len(units))
        if len(groups) == 1:
            await first.wait()
        return [[] for _ in units]

    commits = GroupCommit(run)  # type: ignore[arg-type]
    tasks = [asyncio.create_task(commits.submit(unit("a")))]
    while not groups:
        await asyncio.sleep(0)
    tasks += [asyncio.create_task(commits.submit(unit(str(n)))) for n in range(40)]
    await asyncio.sleep(0)
    first.set()
    await asyncio.gather(*tasks)
    await commits.close()
    assert groups == [1, 40]


async def test_an_error_nobody_foresaw_reaches_every_caller_and_the_next_group_runs() -> None:
    calls = 0

    async def run(units: Sequence[Unit]) -> list[list[object]]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("boom")
        return [[] for _ in units]

    commits = GroupCommit(run)  # type: ignore[arg-type]
    outcomes = await asyncio.gather(*(commits.submit(unit(str(n))) for n in range(3)), return_exceptions=True)
    assert all(isinstance(one, errors.Busy) for one in outcomes)
    assert await commits.submit(unit("a")) == []
    await commits.close()


async def test_too_much_waiting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "WAITING_WRITES", 5)
    hold = asyncio.Event()

    async def run(units: Sequence[Unit]) -> list[list[object]]:
        await hold.wait()
        return [[] for _ in units]

    commits = GroupCommit(run)  # type: ignore[arg-type]
    tasks = [asyncio.create_task(commits.submit(unit(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    hold.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in outcomes} == {list, errors.Busy}
    await commits.close()


async def test_a_unit_no_transaction_can_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "UNIT_WRITES", 2)

    async def run(units: Sequence[Unit]) -> list[list[object]]:
        return [[] for _ in units]

    commits = GroupCommit(run)  # type: ignore[arg-type]
    with pytest.raises(errors.TooLarge, match="At most 2 resources"):
        await commits.submit(unit("a", "b", "c"))
    await commits.close()
