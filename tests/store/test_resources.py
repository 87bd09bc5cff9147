"""Resources are read by id, counted, and matched."""

from gateway.store import Store, Write
from tests.store.resources import patient, query, write


async def test_a_read_returns_the_current_version_also_if_that_is_a_deletion(store: Store) -> None:
    assert await store.resources.read("Patient", "a") is None
    await store.commit(write("a"))
    await store.commit(write("a", active=True))
    current = await store.resources.read("Patient", "a")
    assert current and (current.version, current.deleted, b'"active":true' in current.body) == (2, False, True)
    await store.commit(Write("Patient", "a", None, "internal"))
    gone = await store.resources.read("Patient", "a")
    assert gone and (gone.version, gone.deleted, gone.body, gone.origin) == (3, True, b"", "internal")


async def test_superseded_versions_keep_their_bytes(store: Store) -> None:
    bodies = []
    for number in range(3):
        [result] = await store.commit(write("a", n=number))
        assert result.stored
        bodies.append(result.stored.body)
    versions = [await store.resources.vread("Patient", "a", number) for number in (1, 2, 3)]
    assert [version.body for version in versions if version] == bodies


async def test_many_are_read_at_once_and_those_that_never_existed_are_left_out(store: Store) -> None:
    await store.commit(*(write(f"p{n}") for n in range(3)))
    await store.commit(Write("Patient", "p1", None, "api"))
    keys = [("Patient", f"p{n}") for n in (2, 1, 9, 2)]
    versions = await store.resources.read_many(keys)
    assert {key: version.deleted for key, version in versions.items()} == {
        ("Patient", "p2"): False,
        ("Patient", "p1"): True,
    }
    assert await store.resources.read_many([]) == {}


async def test_more_than_one_batch_of_keys_is_read_completely(store: Store) -> None:
    await store.commit(*(write(f"p{n}") for n in range(505)))
    versions = await store.resources.read_many(("Patient", f"p{n}") for n in range(600))
    assert len(versions) == 505


async def test_only_live_resources_are_counted(store: Store) -> None:
    assert await store.resources.counts() == {}
    await store.commit(write("a"), write("b"), Write("Basic", "c", {"resourceType": "Basic"}, "api"))
    await store.commit(Write("Patient", "b", None, "api"))
    assert await store.resources.counts() == {"Basic": 1, "Patient": 1}


async def test_matches_are_ids_up_to_a_limit(store: Store) -> None:
    identifier = [{"system": "urn:x", "value": "1"}]
    await store.commit(*(Write("Patient", f"p{n}", patient(f"p{n}", identifier=identifier), "api") for n in range(3)))
    by_identifier = query("identifier=urn:x|1")
    assert len(await store.resources.matches(by_identifier)) == 2
    assert sorted(await store.resources.matches(by_identifier, 9)) == ["p0", "p1", "p2"]
    assert await store.resources.matches(query("identifier=urn:x|2")) == []


async def test_a_search_returns_the_matching_resources(store: Store) -> None:
    await store.commit(write("a", active=True), write("b", active=False))
    page = await store.resources.search(query("active=true"))
    assert [entry.id for entry in page.entries] == ["a"]
