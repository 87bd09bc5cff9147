"""Claims: who has an id, and which version was stored last."""

from gateway.store import Store
from gateway.store.layout.records import Imported, Letter, Version

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


async def test_letters_are_removed_by_source_and_key(store: Store) -> None:
    for source, key in (("import", "a"), ("import", "b"), ("partner", "a")):
        await store.letters.add(Letter(source, key, "reason"))
    await store.letters.remove_many("import", ["a", "c"])
    assert sorted((one.source, one.key) for one in await store.letters.newest()) == [("import", "b"), ("partner", "a")]
