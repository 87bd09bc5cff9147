"""What a request reads is charged where it is read, and MongoDB keeps nothing open for it."""

import asyncio
from contextvars import Context
from typing import Any

import pytest

from gateway import budget
from gateway.budget import Budget, Limits
from gateway.errors import Busy, TooCostly
from gateway.store import Store, Write
from gateway.store.find.snapshot import Snapshot
from gateway.store.read import charged
from gateway.store.read.shared import Shared
from gateway.store.write.group import GroupCommit
from gateway.store.write.unit import Unit
from tests.store.searching import found, patient, put


async def cursors(store: Store) -> int:
    status = await store.client.admin.command("serverStatus")
    return int(status["metrics"]["cursor"]["open"]["total"])


def test_a_resource_costs_its_bytes_and_what_goes_with_it() -> None:
    own = Budget(Limits(bytes=10 + charged.OVERHEAD, documents=1))
    with budget.use(own):
        charged.charge([{"_id": "x", "b": b"0123456789"}])
        with pytest.raises(TooCostly):
            charged.charge([{"_id": "x", "b": b""}])


async def test_a_cursor_is_closed_when_it_is_too_much(store: Store) -> None:
    await put(store, *(patient(f"p{number}") for number in range(300)))
    before = await cursors(store)
    with budget.use(Budget(Limits(documents=20))), pytest.raises(TooCostly):
        await charged.all_of(store.database["resources"].find({}, batch_size=50))
    assert await cursors(store) <= before


async def test_the_cursor_of_a_snapshot_is_closed_when_it_is_too_much(store: Store) -> None:
    await put(store, *(patient(f"p{number}") for number in range(300)))
    before = await cursors(store)
    async with store.client.start_session(causal_consistency=False) as session:
        with budget.use(Budget(Limits(documents=120))), pytest.raises(TooCostly):
            await Snapshot(store.database, session).read([{"$match": {}}], 50)
        part, more = await Snapshot(store.database, session).read_within([{"$match": {}}], 50, room=1)
        assert (len(part), more) == (50, True)
    for _ in range(50):
        if await cursors(store) <= before:
            return
        await asyncio.sleep(0.1)
    pytest.fail("a cursor stayed open")


async def test_followers_and_commands_have_no_budget(store: Store) -> None:
    await put(store, *(patient(f"p{number}") for number in range(60)))
    assert budget.current() is None
    assert len((await found(store, "Patient", "_count=1000")).entries) == 60


async def test_reads_that_requests_share_belong_to_none_of_them() -> None:
    seen: list[Budget | None] = []

    async def answer(questions: Any) -> dict[str, str]:
        seen.append(budget.current())
        await asyncio.sleep(0.1)
        return dict.fromkeys(questions, "answer")

    shared: Shared[str, str] = Shared(answer)
    first = Budget(Limits())

    async def ask_as(own: Budget) -> str | None:
        with budget.use(own):
            async with own.limited():
                return await shared.ask("question")

    asking = [asyncio.create_task(ask_as(own)) for own in (first, Budget(Limits()))]
    await asyncio.sleep(0.02)
    first.abandon()
    with pytest.raises(TooCostly, match="client left"):
        await asking[0]
    assert await asking[1] == "answer"
    assert seen == [None]


class Commits:
    """A database that commits when it is told to."""

    def __init__(self) -> None:
        self.go, self.units, self.budgets = asyncio.Event(), list[Unit](), list[Budget | None]()

    async def __call__(self, units: Any) -> list[Any]:
        self.budgets.append(budget.current())
        await self.go.wait()
        self.units += units
        return [[] for _ in units]


async def test_a_write_that_waits_when_the_time_ends_is_not_written_and_one_under_way_is_told() -> None:
    commits = Commits()
    with budget.use(Budget(Limits())):
        group = GroupCommit(commits)
    first, second = Unit([], {}), Unit([], {})

    async def write(unit: Unit) -> Any:
        with budget.use(Budget(Limits(seconds=0.2))):
            return await group.submit(unit)

    under_way = asyncio.create_task(write(first))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(write(second))
    with pytest.raises(TooCostly):
        await waiting
    assert not under_way.done()
    commits.go.set()
    assert await under_way == []
    await group.close()
    assert commits.units == [first]
    assert commits.budgets == [None]  # it works for all


async def test_a_commit_leaves_time_to_tell_of_it(store: Store) -> None:
    own = Budget(Limits(seconds=2))
    with budget.use(own):
        await store.commit(Write("Patient", "p", patient("p"), "api"))
        assert own.seconds_left > 5
        assert await store.resources.read("Patient", "p")


async def test_a_search_by_words_goes_on_catching_up_for_others(store: Store) -> None:
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">liver</div>'}
    await put(store, *(patient(f"p{number}", text=text) for number in range(150)))
    own = Budget(Limits())
    with budget.use(own):
        asking = asyncio.create_task(found(store, "Patient", "_text=liver&_count=1000"))
    await asyncio.sleep(0.01)
    own.abandon()
    with pytest.raises((TooCostly, Busy)):
        await asking
    other = asyncio.create_task(found(store, "Patient", "_text=liver&_count=1000"), context=Context())
    assert len((await other).entries) == 150
