"""Internal documents are found page by page and counted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Busy
from gateway.store import Store
from gateway.store.internal import queries
from gateway.store.layout.records import DocumentMappings
from tests.store.resources import Things, write


@pytest.fixture
def mappings() -> DocumentMappings:
    return Things()


@pytest.fixture
async def store(store: Store) -> Store:
    await store.commit(*(write(f"p{n}", n=n % 3) for n in range(5)))
    return store


async def page(
    store: Store, filter_: dict[str, Any], *sort: tuple[str, int], limit: int = 50, after: Any = None
) -> list[str]:
    return [document["_id"] for document in await store.internal.find_many("things", filter_, sort, limit, after)]


async def test_a_document_is_found_by_its_id(store: Store) -> None:
    document = await store.internal.find("things", "p1")
    assert document and (document["n"], document["fhir"]["version"]) == (1, 1)
    assert await store.internal.find("things", "never") is None


async def test_documents_come_in_the_order_that_is_asked_for(store: Store) -> None:
    assert await page(store, {}) == ["p0", "p1", "p2", "p3", "p4"]
    assert await page(store, {}, ("n", -1)) == ["p2", "p1", "p4", "p0", "p3"]
    assert await page(store, {}, ("n", 1), ("_id", -1)) == ["p3", "p0", "p4", "p1", "p2"]


async def test_a_page_goes_on_after_the_last_document_of_the_page_before(store: Store) -> None:
    assert await page(store, {}, ("n", 1), limit=2) == ["p0", "p3"]
    assert await page(store, {}, ("n", 1), limit=2, after=[0, "p3"]) == ["p1", "p4"]
    assert await page(store, {}, ("_id", -1), after=["p2"]) == ["p1", "p0"]
    assert await page(store, {"n": {"$gte": 1}}, ("n", 1), after=[1, "p1"]) == ["p4", "p2"]


async def test_documents_are_counted_all_or_by_a_filter(store: Store) -> None:
    assert await store.internal.count("things") == 5
    assert await store.internal.count("things", {"n": 0}) == 2
    assert await store.internal.count("things", {"n": 9}) == 0


async def test_documents_of_an_earlier_mapping_are_stale(store: Store) -> None:
    assert await store.internal.stale() == {"things": 0}
    await store.internal.use(Things("second"))
    assert await store.internal.stale() == {"things": 5}
    await store.commit(write("p0", n=9))
    assert await store.internal.stale() == {"things": 4}


async def test_a_query_that_takes_too_long_is_given_up_with_advice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "QUERY_SECONDS", 0.000_001)
    with pytest.raises(Busy, match="give this one an index in the mapping"):
        await page(store, {})
    with pytest.raises(Busy):
        await store.internal.count("things", {"n": 0})
    assert await store.internal.stale() == {"things": None}


@pytest.mark.parametrize(
    ("order", "values", "expected"),
    [
        ([("_id", 1)], ["a"], {"$or": [{"_id": {"$gt": "a"}}]}),
        ([("_id", -1)], ["a"], {"$or": [{"_id": {"$not": {"$gte": "a"}}}]}),
        ([("n", 1), ("_id", 1)], [3, "a"], {"$or": [{"n": {"$gt": 3}}, {"$and": [{"n": 3}, {"_id": {"$gt": "a"}}]}]}),
        (
            [("n", 1), ("_id", 1)],
            [None, "a"],
            {"$or": [{"n": {"$ne": None}}, {"$and": [{"n": None}, {"_id": {"$gt": "a"}}]}]},
        ),
        ([("n", -1), ("_id", 1)], [None, "a"], {"$or": [{"$and": [{"n": None}, {"_id": {"$gt": "a"}}]}]}),
    ],
)
def test_what_comes_after_a_document_is_a_filter(order: Any, values: list[Any], expected: dict[str, Any]) -> None:
    assert queries._after(order, values) == expected


@given(st.lists(st.integers(0, 3) | st.none(), max_size=6), st.sampled_from([1, -1]), st.integers(0, 3) | st.none())
def test_each_value_is_after_equal_or_before(values: list[int | None], direction: int, pivot: int | None) -> None:
    """The condition agrees with MongoDB's order, in which a missing value is the smallest."""

    def met(condition: dict[str, Any] | None, value: int | None) -> bool:
        if condition is None:
            return False
        [(operator, operand)] = condition.items()
        if operator == "$ne":
            return value is not operand
        if operator == "$gt":
            return value is not None and value > operand
        return not (value is not None and value >= operand["$gte"])

    rank = {None: -1, **{n: n for n in range(4)}}
    for value in values:
        expected = (rank[value] - rank[pivot]) * direction > 0
        assert met(queries._later(direction, pivot), value) == expected
