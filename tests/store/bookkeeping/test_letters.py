"""Dead letters are kept until a person removes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.store import Letter, Store


async def test_the_same_failure_again_is_one_letter_with_one_more_attempt(store: Store) -> None:
    letter = Letter("partner:north", "Patient/1", "invalid", "first", b"\x00{")
    await store.letters.add(letter)
    await store.letters.add(replace(letter, detail="second"))
    await store.letters.add(Letter("import", "file:1", "structure"))
    [kept] = await store.letters.newest("partner:north")
    assert (kept.reason, kept.detail, kept.payload, kept.attempts) == ("invalid", "second", b"\x00{", 2)
    assert kept.first and kept.last and kept.first <= kept.last
    assert datetime.now(UTC) - kept.last < timedelta(minutes=1)
    assert [letter.source for letter in await store.letters.newest()] == ["import", "partner:north"]


async def test_letters_are_counted_by_source_or_all(store: Store) -> None:
    for source, key in (("import", "a"), ("import", "b"), ("partner:north", "a")):
        await store.letters.add(Letter(source, key, "structure"))
    assert (await store.letters.count(), await store.letters.count("import"), await store.letters.count("x")) == (
        3,
        2,
        0,
    )


async def test_no_more_letters_are_read_than_asked_for(store: Store) -> None:
    for number in range(3):
        await store.letters.add(Letter("import", f"key {number}", "structure"))
    assert [letter.key for letter in await store.letters.newest(limit=2)] == ["key 2", "key 1"]
    assert [letter.key for letter, _ in await store.letters.newest_with_sizes("import", 1)] == ["key 2"]


async def test_sizes_come_without_the_payloads(store: Store) -> None:
    await store.letters.add(Letter("import", "a", "structure", payload=b"x" * 1_234))
    await store.letters.add(Letter("import", "b", "structure"))
    assert [(letter.key, letter.payload, size) for letter, size in await store.letters.newest_with_sizes()] == [
        ("b", None, 0),
        ("a", None, 1_234),
    ]


async def test_a_payload_too_large_to_keep_is_left_out_and_its_size_told(store: Store) -> None:
    await store.letters.add(Letter("import", "x", "too-long", "why", bytes(16 << 20)))
    [kept] = await store.letters.newest()
    assert (kept.payload, kept.detail) == (None, "why (payload of 16777216 bytes left out)")


async def test_a_letter_is_removed_once(store: Store) -> None:
    await store.letters.add(Letter("import", "a", "structure"))
    assert not await store.letters.remove("partner", "a")
    assert await store.letters.remove("import", "a")
    assert not await store.letters.remove("import", "a")


async def test_many_are_removed_by_source_and_key(store: Store) -> None:
    for source, key in (("import", "a"), ("import", "b"), ("partner", "a")):
        await store.letters.add(Letter(source, key, "structure"))
    await store.letters.remove_many("import", ["a", "c"])
    assert sorted((letter.source, letter.key) for letter in await store.letters.newest()) == [
        ("import", "b"),
        ("partner", "a"),
    ]
