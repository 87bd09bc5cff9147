"""Dead letters, links and state."""

from dataclasses import replace

from gateway.store import Letter, Link, Linked, Store


async def test_the_same_failure_again_is_one_letter_with_one_more_attempt(store: Store) -> None:
    letter = Letter("partner:north", "Patient/1", "invalid", "first", b"\x00{")
    await store.letters.add(letter)
    await store.letters.add(replace(letter, detail="second"))
    await store.letters.add(Letter("import", "file:1", "structure"))
    [kept] = await store.letters.newest("partner:north")
    assert (kept.detail, kept.payload, kept.attempts) == ("second", b"\x00{", 2)
    assert kept.first and kept.last and kept.first <= kept.last
    assert [one.source for one in await store.letters.newest()] == ["import", "partner:north"]
    assert (await store.letters.count(), await store.letters.count("import")) == (2, 1)
    assert await store.letters.remove("import", "file:1")
    assert not await store.letters.remove("import", "file:1")


async def test_a_letter_too_large_to_keep_says_so(store: Store) -> None:
    await store.letters.add(Letter("import", "x", "too-long", "why", bytes(16 << 20)))
    [kept] = await store.letters.newest()
    assert kept.payload is None and "16777216 bytes left out" in kept.detail


async def test_links_are_found_from_both_sides(store: Store) -> None:
    linked = Linked(Link("north", "Patient", "77", "3"), "Patient", "a", 2)
    await store.links.put([linked])
    assert await store.links.by_remote("north", [("Patient", "77"), ("Patient", "1")]) == {("Patient", "77"): linked}
    assert await store.links.by_local("north", [("Patient", "a")]) == {("Patient", "a"): linked}
    assert await store.links.by_local("south", [("Patient", "a")]) == {}
    assert await store.links.by_local("north", []) == {}
    await store.links.remove(linked.link)
    assert await store.links.by_remote("north", [("Patient", "77")]) == {}


async def test_state_is_kept_by_key(store: Store) -> None:
    assert await store.states.get("a") is None
    await store.states.put("a b", {"x": [1]})
    await store.states.put("a c", "y")
    await store.states.put("b", 0)
    assert await store.states.get("a b") == {"x": [1]}
    assert await store.states.starting_with("a ") == {"a b": {"x": [1]}, "a c": "y"}
    await store.states.remove("a b")
    assert await store.states.get("a b") is None
