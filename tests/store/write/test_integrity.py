"""References are checked inside the transaction, where a deployment asks for it."""

import asyncio
from typing import Any

import pytest

from gateway.errors import Conflict
from gateway.store import Store, Write
from gateway.store.write import integrity
from gateway.store.write.integrity import Dangling, names_of_references
from tests.store.resources import write


def delete(id_: str) -> Write:
    return Write("Patient", id_, None, "api", unreferred=True)


def observation(id_: str, patient_id: str, *, needs: bool = True) -> Write:
    resource = {"resourceType": "Observation", "id": id_, "subject": {"reference": f"Patient/{patient_id}"}}
    needed = frozenset({("Patient", patient_id)}) if needs else frozenset[tuple[str, str]]()
    return Write("Observation", id_, resource, "api", needs=needed)


async def test_a_reference_to_a_stored_resource_is_accepted(store: Store) -> None:
    await store.commit(write("a"))
    [result] = await store.commit(observation("o", "a"))
    assert result.action == "create"


async def test_a_reference_to_a_missing_resource_is_refused_and_named(store: Store) -> None:
    with pytest.raises(Dangling) as caught:
        await store.commit(observation("o", "gone"))
    assert caught.value.missing == {("Patient", "gone")}
    assert await store.resources.read("Observation", "o") is None
    assert await store.feed.head() == 0


async def test_a_reference_to_a_deleted_resource_is_refused(store: Store) -> None:
    await store.commit(write("a"))
    await store.commit(Write("Patient", "a", None, "api"))
    with pytest.raises(Dangling):
        await store.commit(observation("o", "a"))


async def test_resources_of_one_unit_may_refer_to_each_other(store: Store) -> None:
    results = await store.commit(observation("o", "a"), write("a"))
    assert [result.action for result in results] == ["create", "create"]


async def test_a_unit_may_not_delete_what_it_needs(store: Store) -> None:
    await store.commit(write("a"))
    with pytest.raises(Dangling):
        await store.commit(observation("o", "a"), Write("Patient", "a", None, "api"))


async def test_a_resource_that_is_referred_to_is_not_deleted(store: Store) -> None:
    await store.commit(write("a"), observation("o", "a"))
    with pytest.raises(Conflict, match=r"^Patient/a is referred to by another resource$"):
        await store.commit(delete("a"))
    await store.commit(observation("p", "a"))
    with pytest.raises(Conflict, match="by 2 resources"):
        await store.commit(delete("a"))
    stored = await store.resources.read("Patient", "a")
    assert stored and not stored.deleted


async def test_many_referrers_are_counted_only_so_far(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "_COUNTED_REFERRERS", 3)
    await store.commit(write("a"), *(observation(f"o{n}", "a") for n in range(5)))
    with pytest.raises(Conflict, match="by 3 resources or more"):
        await store.commit(delete("a"))


async def test_references_of_the_unit_itself_count_and_those_it_replaces_do_not(store: Store) -> None:
    await store.commit(write("a"), write("b"), observation("o", "a"))
    with pytest.raises(Conflict):
        await store.commit(delete("b"), observation("p", "b", needs=False))
    results = await store.commit(delete("a"), observation("o", "b"))
    assert [result.action for result in results] == ["delete", "update"]


async def test_a_deletion_without_the_check_leaves_references_alone(store: Store) -> None:
    await store.commit(write("a"), observation("o", "a"))
    [result] = await store.commit(Write("Patient", "a", None, "api"))
    assert result.action == "delete"


async def test_a_refused_unit_does_not_hinder_others_of_its_group(store: Store) -> None:
    outcomes: list[Any] = await asyncio.gather(
        store.commit(observation("o", "gone")), store.commit(write("a")), return_exceptions=True
    )
    assert isinstance(outcomes[0], Dangling) and outcomes[1][0].action == "create"


def test_the_names_of_references_are_those_of_the_index() -> None:
    names = names_of_references()
    assert "subject" in names["Observation"] and "organization" in names["Patient"]
    assert all(names.values())
