"""Dead letters, links and state."""

from dataclasses import replace

from gateway.store import Letter, Link, Linked, Store


async def test_the_same_failure_again_is_one_letter_with_one_more_attempt(store: Store) -> None:
    letter = Letter("partner:north", "Patient/1", "invalid", "first", b"\x00{")
    await store.add_letter(letter)
    await store.add_letter(replace(letter, detail="second"))
    await store.add_letter(Letter("import", "file:1", "structure"))
    [kept] = await store.list_letters("partner:north")
    assert (kept.detail, kept.payload, kept.attempts) == ("second", b"\x00{", 2)
    assert kept.first and kept.last and kept.first <= kept.last
    assert [one.source for one in await store.list_letters()] == ["import", "partner:north"]
    assert (await store.count_letters(), await store.count_letters("import")) == (2, 1)
    assert await store.remove_letter("import", "file:1")
    assert not await store.remove_letter("import", "file:1")


async def test_a_letter_too_large_to_keep_says_so(store: Store) -> None:
    await store.add_letter(Letter("import", "x", "too-long", "why", bytes(16 << 20)))
    [kept] = await store.list_letters()
    assert kept.payload is None and "16777216 bytes left out" in kept.detail


async def test_links_are_found_from_both_sides(store: Store) -> None:
    linked = Linked(Link("north", "Patient", "77", "3"), "Patient", "a", 2)
    await store.put_links([linked])
    assert await store.find_links("north", [("Patient", "77"), ("Patient", "1")]) == {("Patient", "77"): linked}
    assert await store.find_links_of("north", [("Patient", "a")]) == {("Patient", "a"): linked}
    assert await store.find_links_of("south", [("Patient", "a")]) == {}
    assert await store.find_links_of("north", []) == {}
    await store.remove_link(linked.link)
    assert await store.find_links("north", [("Patient", "77")]) == {}


async def test_state_is_kept_by_key(store: Store) -> None:
    assert await store.get_state("a") is None
    await store.put_state("a b", {"x": [1]})
    await store.put_state("a c", "y")
    await store.put_state("b", 0)
    assert await store.get_state("a b") == {"x": [1]}
    assert await store.list_state("a ") == {"a b": {"x": [1]}, "a c": "y"}
    await store.remove_state("a b")
    assert await store.get_state("a b") is None
