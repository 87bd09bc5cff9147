"""Documents at the limit of what MongoDB takes: 16 MB with everything that belongs to them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import bson
import pytest

from gateway.errors import TooLarge
from gateway.mapping.indexes import Index
from gateway.store import Store
from gateway.store.layout.records import MappedDocument, Resource, Write
from gateway.store.write.admission import LARGEST
from gateway.store.write.decide import prepare
from tests.conftest import NoMappings


def binary(id_: str, size: int) -> Write:
    """A Binary with so many characters of data."""
    return Write("Binary", id_, {"resourceType": "Binary", "contentType": "a/b", "data": "A" * size}, "api")


def small(id_: str) -> Write:
    return Write("Basic", id_, {"resourceType": "Basic", "code": {"text": "x"}}, "api")


def room() -> int:
    """How many characters of data a Binary may have."""
    low, high = LARGEST - 2_000, LARGEST
    while low < high:
        middle = (low + high + 1) // 2
        try:
            prepare(binary("b", middle), NoMappings())
        except TooLarge:
            high = middle - 1
        else:
            low = middle
    return low


async def test_what_just_fits_can_be_written_replaced_and_deleted_and_a_little_more_is_refused(store: Store) -> None:
    most = room()
    assert LARGEST - 2_000 < most < LARGEST
    for version, size in enumerate((most, most - 1, most), 1):
        [done] = await store.commit(binary("b", size))
        assert done.stored is not None and done.stored.version == version
    head = await store.feed.head()
    with pytest.raises(TooLarge, match="the resource with its index would have") as caught:
        await store.commit(binary("b", most + 1))
    assert caught.value.issues[0].expression == "Binary" and caught.value.write == 0
    kept = await store.resources.read("Binary", "b")
    assert kept is not None and kept.version == 3 and len(kept.body) > most
    assert await store.feed.head() == head
    [gone] = await store.commit(Write("Binary", "b", None, "api"))
    assert gone.stored is not None and gone.stored.deleted
    past = await store.resources.vread("Binary", "b", 3)
    assert past is not None and past.body == kept.body
    await store.commit(binary("b", most))


@pytest.mark.parametrize("beyond", [0, 200, 1_000, 16_000, 17_000, 1_000_000])
async def test_around_the_limits_of_mongodb_the_answer_is_the_same(store: Store, beyond: int) -> None:
    with pytest.raises(TooLarge):
        await store.commit(binary("b", 16 * 1024 * 1024 - 300 + beyond))
    assert await store.resources.read("Binary", "b") is None and await store.feed.head() == 0


async def test_the_neighbours_of_what_is_too_large_are_written(store: Store) -> None:
    writes = [small(f"s{number}") for number in range(20)]
    writes[7:7] = [binary("b", LARGEST + 1)]
    done = await asyncio.gather(*(store.commit(one) for one in writes), return_exceptions=True)
    assert [type(one) for one in done if isinstance(one, Exception)] == [TooLarge]
    assert await store.resources.counts() == {"Basic": 20}


async def test_a_unit_is_refused_as_a_whole_and_says_which_write(store: Store) -> None:
    with pytest.raises(TooLarge) as caught:
        await store.commit(small("a"), small("b"), binary("c", LARGEST + 1))
    assert caught.value.write == 2
    assert await store.resources.counts() == {} and await store.feed.head() == 0


async def test_the_index_counts_too(store: Store) -> None:
    """Each identifier is found by several tokens, so that the index is larger than the resource."""
    identifiers = [{"system": "http://a.example/" + "x" * 60, "value": f"{number}" * 8} for number in range(60_000)]
    patient = {"resourceType": "Patient", "identifier": identifiers}
    assert len(bson.encode(patient)) < LARGEST
    with pytest.raises(TooLarge, match="with its index"):
        await store.commit(Write("Patient", "p", patient, "api"))
    assert await store.resources.counts() == {}


@dataclass
class Made:
    document: dict[str, Any]
    collection: str = "copies"
    stamp: str = "1"


class Copying(NoMappings):
    """Mappings that make of each text a document with ten of it."""

    collections: ClassVar[dict[str, str]] = {"copies": "Basic"}
    stamps: ClassVar[dict[str, str]] = {"copies": "1"}
    indexes: ClassVar[dict[str, tuple[Index, ...]]] = {"copies": ()}

    def get(self, resource: Resource, /) -> Sequence[MappedDocument]:  # type: ignore[override]
        return (Made({"copies": [resource["code"]["text"]] * 10}),)


class TestTheInternalDocument:
    @pytest.fixture
    def mappings(self) -> object:
        return Copying()

    async def test_it_counts_too(self, store: Store) -> None:
        for size, fits in ((1_600_000, True), (1_700_000, False)):
            write = Write("Basic", "b", {"resourceType": "Basic", "code": {"text": "x" * size}}, "api")
            done, other = await asyncio.gather(
                store.commit(write),
                store.commit(Write("Basic", f"s{size}", {**(small("s").resource or {})}, "api")),
                return_exceptions=True,
            )
            assert not isinstance(other, BaseException)
            if fits:
                assert not isinstance(done, BaseException)
            else:
                assert isinstance(done, TooLarge) and "the document of copies made from the resource" in done.text
        kept = await store.internal.find("copies", "b")
        assert kept is not None and len(kept["copies"][0]) == 1_600_000 and kept["fhir"]["version"] == 1


async def test_more_values_than_the_database_can_index_at_once_are_refused(store: Store) -> None:
    names = [{"family": f"v{number}", "given": [f"g{number}"]} for number in range(100_000)]
    giant = Write("Patient", "p", {"resourceType": "Patient", "name": names}, "api")
    writes = [*(small(f"a{number}") for number in range(5)), giant, *(small(f"b{number}") for number in range(5))]
    done = await asyncio.gather(*(store.commit(one) for one in writes), return_exceptions=True)
    [refused] = [one for one in done if isinstance(one, Exception)]
    assert isinstance(refused, TooLarge) and "cache" in refused.text
    assert await store.resources.counts() == {"Basic": 10}
