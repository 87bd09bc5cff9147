"""One transaction: its place in the feed, its time, and what it leaves behind when units are refused."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from gateway.errors import GatewayError, Invalid, PreconditionFailed
from gateway.store import Condition, ConditionChanged, Store, Write
from gateway.store.write.commit import Commits
from gateway.store.write.transaction import DatabaseTransaction
from gateway.store.write.unit import Unit
from tests.store.resources import consistent, patient, prepared, query, write


def unit(*writes: Write) -> Unit:
    return Unit([prepared(each) for each in writes])


async def run(store: Store, *units: Unit) -> list[Any]:
    """Run `units` as one group, and return an action or error for each."""
    commits: Commits = store._commits
    outcomes = await commits.run(units)
    return [type(each) if isinstance(each, Exception) else [one.action for one in each] for each in outcomes]


async def test_a_group_has_consecutive_positions_and_one_time(store: Store) -> None:
    assert await run(store, unit(write("a"), write("b")), unit(write("c"))) == [["create", "create"], ["create"]]
    changes = await store.feed.after(0, 9)
    assert [(change.seq, change.id) for change in changes] == [(1, "a"), (2, "b"), (3, "c")]
    assert len({change.at for change in changes}) == 1


async def test_a_refused_unit_writes_nothing_and_takes_no_position(store: Store) -> None:
    refused = Write("Patient", "b", patient("b"), "api", if_match=7)
    assert await run(store, unit(write("a")), unit(write("x"), refused), unit(write("c"))) == [
        ["create"],
        PreconditionFailed,
        ["create"],
    ]
    assert await store.resources.read("Patient", "x") is None
    assert [change.id for change in await store.feed.after(0, 9)] == ["a", "c"]
    await consistent(store)


async def test_writes_that_change_nothing_take_no_position(store: Store) -> None:
    await store.commit(write("a"))
    assert await run(store, unit(write("a")), unit(write("b"))) == [["unchanged"], ["create"]]
    assert await store.feed.head() == 2
    await consistent(store)


async def test_of_two_creates_under_one_condition_in_one_group_the_first_wins(store: Store) -> None:
    def create(id_: str) -> Unit:
        identifier = [{"system": "urn:x", "value": "1"}]
        condition = Condition(query("identifier=urn:x|1"))
        return unit(Write("Patient", id_, patient(id_, identifier=identifier), "api", condition=condition))

    assert await run(store, create("a"), create("b")) == [["create"], ConditionChanged]


async def test_a_resource_that_does_not_meet_its_condition_once_written_aborts_only_its_unit(store: Store) -> None:
    condition = Condition(query("organization.name=klinik"), met_by_resource=True)
    unmet = Write("Patient", "b", patient("b"), "api", condition=condition)
    assert await run(store, unit(write("a")), unit(unmet), unit(write("c"))) == [["create"], Invalid, ["create"]]
    assert [change.id for change in await store.feed.after(0, 9)] == ["a", "c"]
    await consistent(store)


async def test_times_grow_by_a_millisecond_at_least(store: Store) -> None:
    for number in range(5):
        await store.commit(write("a", n=number))
    times = [change.at for change in await store.feed.after(0, 9)]
    assert all(later - earlier >= timedelta(milliseconds=1) for earlier, later in pairwise(times))
    assert all(time.microsecond % 1000 == 0 for time in times)
    assert abs(datetime.now(UTC) - times[-1]) < timedelta(minutes=1)


async def test_without_the_counter_nothing_is_written(store: Store) -> None:
    await store.database.counters.delete_many({})
    with pytest.raises(GatewayError, match="the database was dropped or restored"):
        await store.commit(write("a"))
    assert await store.resources.read("Patient", "a") is None


async def test_a_transaction_knows_whether_another_process_came_before(store: Store, mongo: str, database: str) -> None:
    async def contended(of: Store) -> bool:
        async def enter(transaction: DatabaseTransaction) -> bool:
            assert not transaction.entered
            await transaction.enter(0)
            transaction.wrote = True
            assert transaction.entered
            return transaction.contended

        return await of._commits.persist(enter)

    async with await Store.open(mongo, database, store.internal.mappings) as other:
        await store.commit(write("a"))
        assert [await contended(of) for of in (store, store, other, other, store)] == [False, False, True, False, True]
