"""The profiles, tags and security labels in use."""

from typing import Any

import pytest

from gateway.errors import TooLarge
from gateway.store import Store, Write
from gateway.store.read import labels
from tests.store.resources import write


def coding(system: str, code: str) -> dict[str, Any]:
    return {"system": system, "code": code}


async def test_each_label_in_use_is_listed_once_and_sorted(store: Store) -> None:
    await store.commit(
        write("a", meta={"profile": ["urn:p2", "urn:p1"], "tag": [coding("urn:t", "x")]}),
        write("b", meta={"profile": ["urn:p1"], "security": [coding("urn:s", "R")]}),
        write("c"),
    )
    assert await store.resources.labels(["Patient"]) == {
        "_profile": [("", "urn:p1"), ("", "urn:p2")],
        "_security": [("urn:s", "R")],
        "_tag": [("urn:t", "x")],
    }


async def test_only_live_resources_of_the_types_count(store: Store) -> None:
    await store.commit(
        write("a", meta={"profile": ["urn:p1"]}),
        Write("Basic", "b", {"resourceType": "Basic", "meta": {"profile": ["urn:p2"]}}, "api"),
    )
    assert (await store.resources.labels(["Basic"]))["_profile"] == [("", "urn:p2")]
    assert (await store.resources.labels(["Basic", "Patient"]))["_profile"] == [("", "urn:p1"), ("", "urn:p2")]
    await store.commit(Write("Patient", "a", None, "api"))
    assert (await store.resources.labels(["Patient"]))["_profile"] == []


async def test_a_code_with_a_bar_comes_back_as_it_was_sent(store: Store) -> None:
    await store.commit(write("a", meta={"tag": [coding("urn:t", "a|b"), {"code": "alone"}]}))
    assert (await store.resources.labels(["Patient"]))["_tag"] == [("urn:t", "a|b"), ("", "alone")]


async def test_more_labels_than_an_answer_may_hold_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "MOST_LABELS", 2)
    await store.commit(write("a", meta={"profile": ["urn:p1", "urn:p2"]}))
    assert len((await store.resources.labels(["Patient"]))["_profile"]) == 2
    await store.commit(write("b", meta={"profile": ["urn:p3"]}))
    with pytest.raises(TooLarge, match="more than 2 different labels"):
        await store.resources.labels(["Patient"])
