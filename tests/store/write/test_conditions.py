"""Conditional interactions under concurrency."""

import asyncio
from typing import Any

import pytest
from pymongo import monitoring
from pymongo.monitoring import CommandStartedEvent

from gateway.errors import TooCostly
from gateway.search.query import Query, parse
from gateway.store import Condition, ConditionChanged, Store, Write
from gateway.store.find.resolved import ResolvedSearch
from gateway.store.write import conditions
from tests.store.resources import consistent, patient
from tests.store.searching import HOSPITAL, observation, put


def query(value: str) -> Query:
    return parse("Patient", [("identifier", f"urn:x|{value}")])


def create(id_: str, *values: str) -> Write:
    """Creates a patient with the identifiers `values`, if none has the first of them."""
    identifiers = [{"system": "urn:x", "value": value} for value in values]
    return Write("Patient", id_, patient(id_, identifier=identifiers), "api", condition=Condition(query(values[0])))


async def test_of_many_concurrent_conditional_creates_one_is_left(store: Store, mongo: str, database: str) -> None:
    async with await Store.open(mongo, database, store.internal.mappings) as other:
        attempts = [
            one.commit(create(f"p{n}-{side}", "1")) for n in range(10) for side, one in enumerate((store, other))
        ]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(one, list) for one in outcomes) == 1
    assert sum(isinstance(one, ConditionChanged) for one in outcomes) == 19
    assert len(await store.resources.matches(query("1"), 9)) == 1
    await consistent(store)


async def test_different_conditions_that_match_each_others_resource_leave_one(store: Store) -> None:
    outcomes = await asyncio.gather(
        store.commit(create("a", "1", "2")), store.commit(create("b", "2", "1")), return_exceptions=True
    )
    assert [isinstance(one, list) for one in outcomes].count(True) == 1


async def test_a_condition_expects_exactly_what_was_found_before(store: Store) -> None:
    await store.commit(create("a", "1"))
    changed = Write("Patient", "a", patient("a", active=True), "api", condition=Condition(query("1"), ("a",)))
    [result] = await store.commit(changed)
    assert result.action == "update"  # and no longer has the identifier
    with pytest.raises(ConditionChanged):
        await store.commit(changed)


async def test_a_condition_sees_a_plain_create_of_the_same_group_or_comes_before_it(store: Store) -> None:
    plain = Write("Patient", "b", create("b", "1").resource, "api")
    conditional, created = await asyncio.gather(
        store.commit(create("a", "1")), store.commit(plain), return_exceptions=True
    )
    assert isinstance(created, list)
    first = (await store.feed.after(0, 1))[0].id
    assert isinstance(conditional, ConditionChanged) == (first == "b")


class Commands(monitoring.CommandListener):
    """Counts the commands sent on `resources`."""

    count = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.count += "resources" in (event.command.get("find"), event.command.get("aggregate"))

    def succeeded(self, event: Any) -> None: ...
    def failed(self, event: Any) -> None: ...


async def test_identifiers_looked_up_at_once_share_one_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.commit(*(create(f"p{n}", str(n), "shared") for n in range(3)))
    await store.commit(create("gone", "7"))
    await store.commit(Write("Patient", "gone", None, "api"))
    either, commands = parse("Patient", [("identifier", "urn:x|1,urn:x|2")]), Commands()
    monkeypatch.setattr(store.client._event_listeners, "_EventListeners__command_listeners", [commands])
    monkeypatch.setattr(store.client._event_listeners, "_EventListeners__enabled_for_commands", True)
    asked = [query("0"), query("1"), query("none"), query("shared"), query("7"), either, query("0")]
    found = await asyncio.gather(*(store.resources.matches(one) for one in asked))
    assert [len(one) for one in found] == [1, 1, 0, 2, 0, 2, 1]
    assert (found[0], found[1], sorted(found[5])) == (["p0"], ["p1"], ["p1", "p2"])
    assert commands.count == 1


async def test_a_condition_through_other_resources_is_judged_like_any_other(store: Store) -> None:
    await put(store, *HOSPITAL)
    for type_, query in (
        ("Observation", [("patient.name", "abel")]),
        ("Observation", [("subject:Patient.organization.name", "ward")]),
        ("Patient", [("_has:Observation:patient:code", "8480-6")]),
        ("Patient", [("_filter", "family eq abel")]),
    ):
        condition = Condition(parse(type_, query), ())
        new = {"Patient": patient("new"), "Observation": observation("new", "Patient/a")}[type_]
        with pytest.raises(ConditionChanged):
            await store.commit(Write(type_, "new", new, "api", condition=condition))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches that take MongoDB for ever, and limits that end them soon."""
    stages = [{"$set": {"_n": {"$range": [0, 500_000]}}}, {"$unwind": "$_n"}, {"$match": {"_n": -1}}]
    pipeline = ResolvedSearch.pipeline

    def slowed(self: ResolvedSearch, *sorting: Any, **named: Any) -> list[Any]:
        return [*pipeline(self, *sorting, **named), *stages]

    monkeypatch.setattr(ResolvedSearch, "pipeline", slowed)
    monkeypatch.setattr(conditions, "JUDGE_SECONDS", 0.5)
    monkeypatch.setattr(conditions, "LOOK_UP_SECONDS", 0.5)


async def test_a_condition_that_takes_too_long_is_refused_and_holds_up_no_other_writer(
    store: Store, slow: None
) -> None:
    await put(store, *(patient(f"p{number}", name=[{"family": "Abel"}]) for number in range(50)))
    costly = Condition(parse("Patient", [("name:contains", "abe")]))
    began = asyncio.get_running_loop().time()
    *refused, first, second = await asyncio.gather(
        *(store.commit(Write("Patient", f"new{n}", patient(f"new{n}"), "api", condition=costly)) for n in range(2)),
        store.commit(create("quick", "1")),
        store.commit(Write("Patient", "plain", patient("plain"), "api")),
        return_exceptions=True,
    )
    assert asyncio.get_running_loop().time() - began < 10
    assert [type(one) for one in refused] == [TooCostly, TooCostly]
    assert "longer than the 0.5 seconds" in str(refused[0])
    assert isinstance(first, list) and isinstance(second, list)
    assert (first[0].action, second[0].action) == ("create", "create")
    assert await store.resources.read("Patient", "new0") is None and await store.resources.read("Patient", "plain")
    await store.commit(Write("Patient", "after", patient("after"), "api"))
    await consistent(store)


async def test_a_condition_that_takes_too_long_never_reaches_a_transaction(store: Store, slow: None) -> None:
    await put(store, *(patient(f"p{number}", name=[{"family": "Abel"}]) for number in range(50)))
    with pytest.raises(TooCostly, match="use an identifier"):
        await store.resources.matches(parse("Patient", [("name:contains", "abe")]))
    assert await store.resources.matches(query("1")) == []
