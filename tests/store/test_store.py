"""The store as a whole: opened, written to in one way, and closed."""

import asyncio

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from gateway import budget
from gateway.budget import Budget, Limits
from gateway.errors import BadRequest, Busy, ConfigurationError, Invalid, PreconditionFailed, TooCostly
from gateway.store import Store, Write
from tests.conftest import NoMappings
from tests.store.resources import patient, write


async def test_results_are_in_the_order_of_the_writes(store: Store) -> None:
    await store.commit(write("b"))
    results = await store.commit(write("a"), write("b"), Write("Patient", "c", None, "api"), write("b2", n=1))
    assert [(result.action, result.stored.id if result.stored else None) for result in results] == [
        ("create", "a"),
        ("unchanged", "b"),
        ("unchanged", None),
        ("create", "b2"),
    ]


async def test_no_writes_are_no_change(store: Store) -> None:
    assert await store.commit() == []
    assert await store.feed.head() == 0


async def test_a_resource_may_occur_only_once_in_a_commit(store: Store) -> None:
    with pytest.raises(BadRequest, match="only once in a transaction"):
        await store.commit(write("a"), write("a", n=1))
    assert await store.feed.head() == 0


async def test_an_error_names_the_write_that_is_at_fault_and_nothing_is_written(store: Store) -> None:
    stale = Write("Patient", "b", patient("b"), "api", if_match=3)
    with pytest.raises(PreconditionFailed) as caught:
        await store.commit(write("a"), stale)
    assert caught.value.write == 1
    with pytest.raises(Invalid) as refused:
        await store.commit(write("a"), write("b"), Write("Patient", "d", {**patient("d"), "meta": 1}, "api"))
    assert refused.value.write == 2
    assert await store.feed.head() == 0


async def test_a_spent_budget_refuses_a_commit_before_it_begins(store: Store) -> None:
    spent = Budget(Limits(seconds=0))
    with budget.use(spent), pytest.raises(TooCostly):
        await store.commit(write("a"))
    assert await store.feed.head() == 0


async def test_after_a_commit_there_is_time_to_tell_the_client(store: Store) -> None:
    short = Budget(Limits(seconds=5))
    with budget.use(short):
        await store.commit(write("a"))
    assert short.seconds_left > 9 and short.wrote


async def test_a_commit_uses_the_mappings_of_its_beginning(store: Store) -> None:
    used = store.internal.mappings
    await store.internal.use(NoMappings())
    assert store.internal.mappings is not used
    [result] = await store.commit(write("a"))
    assert result.action == "create"


async def test_a_database_that_does_not_answer_is_busy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.ping()

    async def away(*_: object, **__: object) -> None:
        raise ServerSelectionTimeoutError("no primary")

    monkeypatch.setattr(type(store.client.admin), "command", away)
    with pytest.raises(Busy):
        await store.ping()


async def test_closing_commits_what_waits_and_refuses_what_comes(mongo: str) -> None:
    opened = await Store.open(mongo, "test_closing", NoMappings())
    waiting = [asyncio.create_task(opened.commit(write(f"p{n}"))) for n in range(20)]
    await asyncio.sleep(0.01)
    await opened.close()
    await opened.close()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, list | Busy) for outcome in outcomes)
    with pytest.raises(Busy, match="shutting down"):
        await opened.commit(write("late"))
    async with await Store.open(mongo, "test_closing", NoMappings()) as again:
        stored = (await again.resources.counts()).get("Patient", 0)
        await again.drop()
    assert stored == sum(isinstance(outcome, list) for outcome in outcomes)


async def test_a_dropped_database_is_empty(mongo: str) -> None:
    async with await Store.open(mongo, "test_dropping", NoMappings()) as opened:
        await opened.commit(write("a"))
        await opened.drop()
        assert "test_dropping" not in await opened.client.list_database_names()


async def test_a_database_that_cannot_be_reached_is_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigurationError, match="MongoDB does not answer"):
        await Store.open("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100", "x", NoMappings())
