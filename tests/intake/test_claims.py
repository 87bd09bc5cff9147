"""Ids are given once, to whoever asks first, and stay."""

import pytest

from gateway.intake import claims
from gateway.intake.claims import Ambiguous, ClaimedDefinition, Claims
from gateway.intake.names import UUIDS, Name
from gateway.store import Store
from gateway.store.layout.records import Write

UUID = "7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c"
A, B = Name("http://a", "Patient", "1"), Name("http://b", "Patient", "1")


async def ids(store: Store, *names: Name, guests: bool = False) -> list[str | None]:
    """As another process sees it, which remembers nothing."""
    fresh = Claims(store)
    for name in names:
        await fresh.claim([name], guests=guests)
    return [fresh.locate(name) for name in names]


async def test_the_first_source_keeps_the_id_and_later_ones_keep_theirs(store: Store) -> None:
    assert await ids(store, A, B) == ["1", B.derived_id]
    assert await ids(store, B, A) == [B.derived_id, "1"]


async def test_a_resource_that_no_import_brought_keeps_its_id(store: Store) -> None:
    await store.commit(Write("Patient", "1", {"resourceType": "Patient", "id": "1"}, "api"))
    await store.commit(Write("Patient", UUID, {"resourceType": "Patient", "id": UUID}, "api"))
    assert await ids(store, A, Name(UUIDS, "Patient", UUID, "f")) == [A.derived_id, UUID]
    assert await ids(store, Name("/x", "Patient", "1"), guests=True) == ["1"]


async def test_a_deleted_resource_keeps_its_id_too(store: Store) -> None:
    await store.commit(Write("Patient", "1", {"resourceType": "Patient", "id": "1"}, "api"))
    await store.commit(Write("Patient", "1", None, "api"))
    assert await ids(store, A) == [A.derived_id]


async def test_what_is_only_looked_up_gets_no_id(store: Store) -> None:
    fresh = Claims(store)
    await fresh.read([A])
    assert (fresh.locate(A), await store.imports.find([("Patient", "1")])) == (None, {})


async def test_files_of_a_folder_that_contradict_each_other_are_told_apart(store: Store) -> None:
    first, second = (Name("/x", "Patient", "1", f"/x/{name}.json") for name in "ab")
    same = Claims(store)
    await same.define({first: ClaimedDefinition("d1")})
    await same.define({second: ClaimedDefinition("d1")})
    assert (same.locate(first), same.locate(second), same.locate(first.anywhere)) == ("1", "1", "1")
    await same.define({second: ClaimedDefinition("d2")})
    assert (same.locate(first), same.locate(second)) == ("1", second.in_file.derived_id)
    with pytest.raises(Ambiguous):
        same.locate(first.anywhere)


async def test_content_with_references_proves_nothing(store: Store) -> None:
    first, second = (Name("/x", "Observation", "1", f"/x/{name}.json") for name in "ab")
    fresh = Claims(store)
    await fresh.define({first: ClaimedDefinition(""), second: ClaimedDefinition("")})
    assert fresh.locate(first) != fresh.locate(second)


async def test_a_uuid_is_shared_unless_the_marks_have_nothing_in_common(store: Store) -> None:
    names = [Name(UUIDS, "Patient", UUID, f"/{n}.json") for n in range(4)]
    fresh = Claims(store)
    for name, marks in zip(names, [("ann", "1980"), ("anne", "1980"), ("anne",), ("bob", "1990")], strict=True):
        await fresh.define({name: ClaimedDefinition("x", marks)})
    assert [fresh.locate(name) for name in names] == [UUID, UUID, UUID, names[3].in_file.derived_id]
    assert fresh.locate(Name(UUIDS, "Patient", UUID, "/other.json")) == UUID


async def test_memory_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_REMEMBERED", 1)
    fresh = Claims(store)
    await fresh.claim([A, B])
    assert (fresh.locate(A), fresh.locate(B)) == ("1", B.derived_id)
    fresh.trim()
    assert fresh.locate(A) is None
    await fresh.claim([B, A])
    assert (fresh.locate(A), fresh.locate(B)) == ("1", B.derived_id)
