"""What is stored twice is said to be, on the later document, in the transaction that writes it."""

import asyncio
from random import Random
from typing import Any

import pytest

from gateway.mapping import Projection
from gateway.mapping.indexes import FINGERPRINT
from gateway.store import Store, Write
from gateway.store.layout.records import DocumentMappings
from gateway.store.write import duplicates
from tests.conftest import NoMappings

STAMP = "0123456789ab"


class ByFingerprint(NoMappings):
    """Every resource has the fingerprint it names as `near/exact`."""

    collections = {"things": "Basic", "others": "Flag"}  # noqa: RUF012
    stamps = {"things": STAMP, "others": STAMP}  # noqa: RUF012
    indexes = {"things": (FINGERPRINT,), "others": (FINGERPRINT,)}  # noqa: RUF012

    def get(self, resource: Any, /) -> tuple[Projection, ...]:
        near, _, exact = resource["like"].partition("/")
        fingerprint = {name: value for name, value in (("near", near), ("exact", exact)) if value}
        document = {"_id": resource["id"], "fingerprint": fingerprint or "none", **resource.get("more", {})}
        return (Projection("things" if resource["resourceType"] == "Basic" else "others", document, STAMP),)


@pytest.fixture
def mappings() -> DocumentMappings:
    return ByFingerprint()


def write(id_: str, like: str, type_: str = "Basic", **content: Any) -> Write:
    return Write(type_, id_, {"resourceType": type_, "id": id_, "like": like, **content}, "api")


async def found(store: Store, collection: str = "things") -> dict[str, Any]:
    documents = await store.internal.find_many(collection, {})
    return {
        one["_id"]: [(finding["rule"], finding.get("before")) for finding in one["quality"]]
        for one in documents
        if "quality" in one
    }


async def test_the_later_tells_of_the_earlier(store: Store) -> None:
    await store.commit(write("b", "n/e"))
    await store.commit(write("a", "n/e"), write("c", "n/f"), write("d", "m/e"), write("e", "m/g", "Flag"))
    assert await found(store) == {"a": [("duplicate.exact", "b")], "c": [("duplicate.near", "b")]}
    assert await found(store, "others") == {}


async def test_within_one_transaction_and_one_group_too(store: Store) -> None:
    await store.commit(write("a", "n/e"), write("b", "n/e"), write("c", "n/f"))
    assert await found(store) == {"b": [("duplicate.exact", "a")], "c": [("duplicate.near", "a")]}
    await asyncio.gather(*(store.commit(write(f"g{n}", "m/e")) for n in range(5)))
    assert sum(name.startswith("g") for name in await found(store)) == 4


async def test_of_many_alike_each_is_compared_with_few(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction of thousands of the same costs what they are, not the square of their number."""
    compared = 0

    def leads(id_: str, to: str, told: Any, judge: Any = duplicates._leads_to) -> bool:
        nonlocal compared
        compared += 1
        return bool(judge(id_, to, told))

    monkeypatch.setattr(duplicates, "_leads_to", leads)
    await store.commit(*(write(f"a{number:03}", f"n/e{number % 2}") for number in range(40)))
    told = await found(store)
    assert told.pop("a001") == [("duplicate.near", "a000")]
    assert {before for [(_, before)] in told.values()} == {"a000", "a001"}
    assert compared < 100
    await store.commit(write("a000", "n/e0", more={"x": 1}), write("b", "n/e0"))
    assert (await found(store))["b"] == [("duplicate.exact", "a002")]
    assert compared < 200


async def test_an_update_is_no_duplicate_of_itself(store: Store) -> None:
    await store.commit(write("a", "n/e"))
    await store.commit(write("a", "n/e", more={"x": 1}))
    assert await found(store) == {}


async def test_an_update_makes_no_duplicate_of_its_own_duplicates(store: Store) -> None:
    """It makes a document the latest; were it told to be a duplicate then, leaving these out would leave none."""
    random = Random(7)
    ids = ["a", "b", "c", "d"]
    for id_ in ids:
        await store.commit(write(id_, "n/e"))
    await store.commit(write("a", "n/e", more={"x": 0}))
    assert await found(store) == {id_: [("duplicate.exact", "a")] for id_ in "bcd"}
    for number in range(40):
        chosen = random.sample(ids, random.choice([1, 1, 2, 3]))
        likes = [random.choice(["n/e", "n/e", "n/f", "m/e"]) for _ in chosen]
        await store.commit(*(write(one, like, more={"x": number}) for one, like in zip(chosen, likes, strict=True)))
        told = {id_: before for id_, [(_, before)] in (await found(store)).items()}
        for id_ in ids:
            end = id_
            for _ in ids:
                end = told.get(end, end)
            assert end not in told, (number, told)


async def test_what_is_deleted_or_changed_is_no_duplicate_any_more(store: Store) -> None:
    await store.commit(write("a", "n/e"), write("b", "m/e"))
    await store.commit(Write("Basic", "a", None, "api"), write("b", "o/e"))
    await store.commit(write("c", "n/e"), write("d", "m/e"))
    assert await found(store) == {}


@pytest.mark.parametrize("like", [None, "", "n/other", "m/e"], ids=["deleted", "retracted", "nearly", "corrected"])
async def test_a_document_is_no_duplicate_of_one_that_is_retracted_or_corrected_later(
    store: Store, like: str | None
) -> None:
    """Else the result that was sent again is left out as a duplicate, and its first copy because it was retracted."""
    await store.commit(write("a", "n/e"))
    await store.commit(write("b", "n/e", more={"quality": [{"rule": "unit.missing", "path": "value"}]}))
    await store.commit(write("c", "n/e"))
    assert await found(store) == {
        "b": [("unit.missing", None), ("duplicate.exact", "a")],
        "c": [("duplicate.exact", "a")],
    }
    await store.commit(Write("Basic", "a", None, "api") if like is None else write("a", like))
    told = await found(store)
    near = [("duplicate.near", "b")] if like == "n/other" else None
    assert (told["b"], told["c"], told.get("a")) == (
        [("unit.missing", None)],
        [("duplicate.exact", "b")],
        near,
    )
    await store.commit(Write("Basic", "b", None, "api"))
    assert "c" not in await found(store)


async def test_without_a_nearer_key_the_exact_one_tells(store: Store) -> None:
    await store.commit(write("a", "/e"), write("b", ""))
    await store.commit(write("c", "/e"), write("d", "n/f"), write("e", "n/f"), write("f", ""))
    assert await found(store) == {"c": [("duplicate.exact", "a")], "e": [("duplicate.exact", "d")]}


async def test_other_findings_stay_and_a_second_try_does_not_tell_twice(store: Store) -> None:
    finding = {"rule": "text.whitespace", "path": "x", "before": " "}
    await store.commit(write("a", "n/e"))
    twice = write("b", "n/e", more={"quality": [finding]})
    results = await asyncio.gather(*(store.commit(twice) for _ in range(3)))
    assert len(results) == 3
    assert await found(store) == {"b": [("text.whitespace", " "), ("duplicate.exact", "a")]}


BOTH, EXACT = {"near": "n", "exact": "e"}, {"exact": "f"}


@pytest.mark.parametrize("keys", [[BOTH], [EXACT], [BOTH, EXACT]])
async def test_the_lookup_uses_the_index(store: Store, keys: list[dict[str, str]]) -> None:
    wanted = duplicates._alike_filter([{"fingerprint": one} for one in keys])
    plan = str((await store.database["things"].find(wanted).explain())["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in plan and "map fingerprint.near fingerprint.exact" in plan


async def test_made_again_they_are_told_again_and_agree(store: Store) -> None:
    await store.commit(write("b", "n/e"))
    await store.commit(write("a", "n/e"))
    before = await found(store)
    await store.database["things"].update_many({}, {"$set": {"fhir.mapping": "old"}, "$unset": {"quality": 1}})
    assert (await store.internal.apply(lambda done, total: None)).made == 2
    assert await found(store) == before == {"a": [("duplicate.exact", "b")]}
    assert not (await store.audit()).faults
