"""Small values are kept by key."""

import pytest

from gateway.errors import PreconditionFailed
from gateway.store import Store, Write
from tests.store.resources import patient, write


async def test_a_value_is_kept_replaced_and_removed(store: Store) -> None:
    assert await store.states.get("a") is None
    await store.states.put("a", {"x": [1]})
    assert await store.states.get("a") == {"x": [1]}
    await store.states.put("a", 0)
    assert await store.states.get("a") == 0
    await store.states.remove("a")
    await store.states.remove("a")
    assert await store.states.get("a") is None


async def test_values_are_listed_by_the_beginning_of_their_key_in_order(store: Store) -> None:
    for key in ("sync/b", "sync/a", "sync", "syn/c", "sync/\U0001f600", "tync"):
        await store.states.put(key, key.upper())
    assert list((await store.states.starting_with("sync/")).items()) == [
        ("sync/a", "SYNC/A"),
        ("sync/b", "SYNC/B"),
        ("sync/\U0001f600", "SYNC/\U0001f600"),
    ]
    assert [*await store.states.starting_with("sync", 2)] == ["sync", "sync/a"]
    assert await store.states.starting_with("x") == {}


async def test_a_value_is_stored_with_the_writes_it_comes_with(store: Store) -> None:
    await store.commit(write("a"), state={"cursor": 7})
    assert await store.states.get("cursor") == 7
    await store.commit(state={"cursor": 8})
    assert await store.states.get("cursor") == 8


async def test_a_value_is_not_stored_when_its_writes_are_refused(store: Store) -> None:
    await store.commit(write("a"), state={"cursor": 7})
    with pytest.raises(PreconditionFailed):
        await store.commit(Write("Patient", "a", patient("a", active=True), "api", if_match=9), state={"cursor": 8})
    assert await store.states.get("cursor") == 7
