"""Claims: who has an id, and which version was stored last."""

from gateway.store import Store
from gateway.store.layout.records import Imported, Version

KEY = ("Patient", "1")


async def test_the_first_claim_stays(store: Store) -> None:
    await store.imports.claim([Imported(*KEY, "a", "1")])
    await store.imports.claim([Imported(*KEY, "b", "1"), Imported("Patient", "2", "b", "1")])
    assert {key: one.source for key, one in (await store.imports.find([KEY, ("Patient", "2")])).items()} == {
        KEY: "a",
        ("Patient", "2"): "b",
    }
    assert [one.id for one in await store.imports.find_by_source_id("Patient", "1")] == ["1", "2"]


async def test_definition_and_version_are_kept_beside_each_other(store: Store) -> None:
    await store.imports.claim([Imported(*KEY, "a", "1")])
    await store.imports.define([Imported(*KEY, "a", "1", "f.json", "digest", ("mark",), contested=True)])
    version = Version(5, "2", "x")
    await store.imports.record({KEY: (version, "p1")})
    await store.imports.record({KEY: (Version(6, "3", "y"), "p2")})
    kept = (await store.imports.find([KEY]))[KEY]
    assert (kept.file, kept.digest, kept.marks, kept.contested) == ("f.json", "digest", ("mark",), True)
    assert (kept.stored, kept.place, kept.seen) == (Version(6, "3", "y"), "p2", {"p1": "x", "p2": "y"})


async def test_what_was_never_claimed_is_not_recorded(store: Store) -> None:
    await store.imports.record({KEY: (Version(), "p")})
    assert await store.imports.find([KEY]) == {}


async def test_a_claim_remembers_that_a_request_of_the_source_made_it(store: Store) -> None:
    await store.imports.claim([Imported(*KEY, "a", "1", by_request=True), Imported("Patient", "2", "a", "2")])
    kept = await store.imports.find([KEY, ("Patient", "2")])
    assert (kept[KEY].by_request, kept["Patient", "2"].by_request) == (True, False)


async def test_a_new_claim_has_no_version_and_no_place(store: Store) -> None:
    claim = Imported(*KEY, "a", "source-id")
    await store.imports.claim([claim])
    assert await store.imports.find([KEY]) == {KEY: claim}


async def test_resources_of_several_sources_are_found_by_the_id_that_these_use(store: Store) -> None:
    await store.imports.claim(
        [Imported("Patient", "x", "b", "1"), Imported("Patient", "y", "a", "1"), Imported("Basic", "z", "a", "1")]
    )
    by_id = await store.imports.find_by_source_id("Patient", "1")
    assert [(imported.source, imported.id) for imported in by_id] == [("a", "y"), ("b", "x")]


async def test_a_deletion_is_a_version_too(store: Store) -> None:
    await store.imports.claim([Imported(*KEY, "a", "1")])
    await store.imports.record({KEY: (Version(updated=9, deleted=True), "f.json#3")})
    kept = (await store.imports.find([KEY]))[KEY]
    assert (kept.stored, kept.place) == (Version(9, "", "", True), "f.json#3")


async def test_nothing_asked_and_nothing_claimed_is_nothing_done(store: Store) -> None:
    await store.imports.claim([])
    await store.imports.record({})
    assert await store.imports.find([]) == {}
