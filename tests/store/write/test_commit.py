"""What a commit promises, on a real replica set."""

import asyncio
from decimal import Decimal

import pytest

from gateway import errors
from gateway.fhir import fhir_json
from gateway.store import Link, Store, Write
from tests.store.resources import consistent, patient, write


async def test_a_new_resource_is_version_one_and_its_bytes_are_complete(store: Store) -> None:
    content = {"resourceType": "Patient", "x": [{"z": Decimal("1.00"), "a": None}], "active": True}
    [result] = await store.commit(Write("Patient", "a", content, "api"))
    assert result.action == "create" and result.stored
    read = await store.resources.read("Patient", "a")
    assert read == result.stored
    body = fhir_json.parse(read.body)
    meta = {"versionId": "1", "lastUpdated": read.updated.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    assert body == {**content, "id": "a", "meta": meta}
    assert b'"z":1.00,"a":null' in read.body


async def test_an_update_supersedes_and_an_identical_one_does_nothing(store: Store) -> None:
    await store.commit(write("a", active=True))
    [changed] = await store.commit(write("a", active=False))
    assert changed.action == "update" and changed.stored and changed.stored.version == 2
    again = fhir_json.parse(changed.stored.body)  # as a client would send back what it has read
    [same] = await store.commit(Write("Patient", "a", again, "partner:x"))
    assert (same.action, same.stored) == ("unchanged", changed.stored)
    first = await store.resources.vread("Patient", "a", 1)
    assert first and fhir_json.parse(first.body)["active"] is True
    await consistent(store)


async def test_a_decimal_written_with_other_precision_is_a_change(store: Store) -> None:
    await store.commit(write("a", value=Decimal("1.0")))
    [result] = await store.commit(write("a", value=Decimal("1.00")))
    assert result.action == "update"


async def test_deleting_leaves_a_tombstone_and_deleting_again_nothing(store: Store) -> None:
    await store.commit(write("a"))
    [deleted] = await store.commit(Write("Patient", "a", None, "api"))
    assert deleted.action == "delete" and deleted.stored and deleted.stored.deleted and deleted.stored.version == 2
    assert await store.resources.read("Patient", "a") == deleted.stored
    [again] = await store.commit(Write("Patient", "a", None, "api"))
    assert (again.action, again.stored) == ("unchanged", deleted.stored)
    [never] = await store.commit(Write("Patient", "b", None, "api"))
    assert (never.action, never.stored) == ("unchanged", None)
    assert await store.resources.counts() == {}
    await consistent(store)


async def test_a_deleted_resource_can_come_back_as_its_next_version(store: Store) -> None:
    await store.commit(write("a"))
    await store.commit(Write("Patient", "a", None, "api"))
    [result] = await store.commit(write("a"))
    assert result.action == "create" and result.stored and result.stored.version == 3
    await consistent(store)


async def test_of_many_updates_for_one_version_one_succeeds(store: Store) -> None:
    await store.commit(write("a", n=0))
    attempts = [Write("Patient", "a", patient("a", n=n), "api", if_match=1) for n in range(1, 11)]
    outcomes = await asyncio.gather(*(store.commit(one) for one in attempts), return_exceptions=True)
    assert sum(isinstance(one, list) for one in outcomes) == 1
    assert sum(isinstance(one, errors.PreconditionFailed) for one in outcomes) == 9
    await consistent(store)


@pytest.mark.parametrize("deleted", [False, True])
async def test_if_match_on_what_is_not_there_fails(store: Store, deleted: bool) -> None:
    if deleted:
        await store.commit(write("a"))
        await store.commit(Write("Patient", "a", None, "api"))
    with pytest.raises(errors.PreconditionFailed, match="does not exist"):
        await store.commit(Write("Patient", "a", patient("a"), "api", if_match=2 if deleted else 1))


async def test_if_absent_leaves_a_live_resource_alone(store: Store) -> None:
    [made] = await store.commit(Write("Patient", "a", patient("a"), "api", if_absent=True))
    [kept] = await store.commit(Write("Patient", "a", patient("a", active=True), "api", if_absent=True))
    assert (made.action, kept.action, kept.stored) == ("create", "exists", made.stored)


async def test_a_unit_is_all_or_nothing_and_does_not_hinder_others(store: Store) -> None:
    await store.commit(write("a"))
    bad = store.commit(write("b"), Write("Patient", "a", patient("a", n=1), "api", if_match=7), write("c"))
    good = [store.commit(write(f"good-{n}")) for n in range(5)]
    refused, *accepted = await asyncio.gather(bad, *good, return_exceptions=True)
    assert isinstance(refused, errors.PreconditionFailed)
    assert all(isinstance(one, list) for one in accepted)
    assert await store.resources.read("Patient", "b") is None and await store.resources.read("Patient", "c") is None
    await consistent(store)


async def test_what_mongodb_cannot_hold_is_refused_alone(store: Store) -> None:
    too_large = patient("big", text="x" * (17 << 20))
    huge, *others = await asyncio.gather(
        store.commit(Write("Patient", "big", too_large, "api")),
        *(store.commit(write(f"p{n}")) for n in range(5)),
        return_exceptions=True,
    )
    assert isinstance(huge, errors.TooLarge)
    assert all(isinstance(one, list) for one in others)
    await consistent(store)


async def test_one_resource_twice_in_a_unit_is_refused(store: Store) -> None:
    with pytest.raises(errors.BadRequest, match="only once"):
        await store.commit(write("a"), write("a", active=True))


async def test_writes_to_one_resource_keep_their_order(store: Store) -> None:
    results = await asyncio.gather(*(store.commit(write("a", n=n)) for n in range(20)))
    assert [one.stored.version for [one] in results if one.stored] == list(range(1, 21))
    last = await store.resources.read("Patient", "a")
    assert last and fhir_json.parse(last.body)["n"] == 19
    await consistent(store)


async def test_a_caller_who_leaves_takes_nobody_along(store: Store) -> None:
    tasks = [asyncio.create_task(store.commit(write(f"p{n}"))) for n in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    stayed = [one for n, one in enumerate(outcomes) if n % 3]
    assert len(stayed) == 20 and all(isinstance(one, list) for one in stayed)
    await consistent(store)


async def test_a_large_unit_commits_in_one_piece(store: Store) -> None:
    results = await store.commit(*(write(f"p{n}") for n in range(3000)))
    assert len(results) == 3000 and len({one.stored.updated for one in results if one.stored}) == 1
    await consistent(store)


async def test_link_and_state_are_written_with_the_resource_or_not_at_all(store: Store) -> None:
    link = Link("north", "Patient", "77", "3")
    linked = Write("Patient", "a", patient("a"), "partner:north", link=link)
    await store.commit(linked, state={"cursor north": {"since": "x"}})
    found = (await store.links.by_remote("north", [("Patient", "77")]))["Patient", "77"]
    assert (found.link, found.type, found.id, found.version) == (link, "Patient", "a", 1)
    assert await store.links.by_local("north", [("Patient", "a"), ("Patient", "b")]) == {("Patient", "a"): found}
    assert await store.states.get("cursor north") == {"since": "x"}
    failing = Write("Patient", "a", patient("a", n=1), "api", if_match=9, link=Link("north", "Patient", "78"))
    with pytest.raises(errors.PreconditionFailed):
        await store.commit(failing, state={"cursor north": None})
    assert await store.links.by_remote("north", [("Patient", "78")]) == {}
    assert await store.states.get("cursor north") == {"since": "x"}


async def test_a_link_is_renewed_although_the_resource_is_unchanged(store: Store) -> None:
    for remote_version in ("1", "2"):
        link = Link("north", "Patient", "77", remote_version)
        [result] = await store.commit(Write("Patient", "a", patient("a"), "partner:north", link=link))
    assert result.action == "unchanged"
    assert (await store.links.by_remote("north", [("Patient", "77")]))["Patient", "77"].link.remote_version == "2"


async def test_a_closed_store_commits_what_waits_and_takes_no_more(mongo: str, database: str, mappings: object) -> None:
    closing = await Store.open(mongo, database, mappings)  # type: ignore[arg-type]
    waiting = [asyncio.create_task(closing.commit(write(f"p{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    await closing.close()
    assert all(isinstance(task.result(), list) for task in waiting)
    with pytest.raises(errors.Busy):
        await closing.commit(write("late"))
    async with await Store.open(mongo, database, mappings) as reopened:  # type: ignore[arg-type]
        assert await reopened.resources.counts() == {"Patient": 20}
        await reopened.drop()
