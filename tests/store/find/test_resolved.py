"""A resolved search as a pipeline, and its portions."""

from typing import Any

import pytest

from gateway.search.compile.plan import plan_search
from gateway.search.query import parse
from gateway.search.tree.clauses import Bound
from gateway.store.find import resolved
from gateway.store.find.resolved import ResolvedSearch, divide

MATCH, REST, SORT, LIMIT = {"k": "a"}, {"_id": {"$gt": "b"}}, {"$sort": {"_id": 1}}, {"$limit": 5}
LOOKUP = {"$lookup": {"from": "resources"}}


def test_a_plain_search_is_one_match() -> None:
    assert ResolvedSearch(MATCH).pipeline() == [{"$match": MATCH}]


def test_what_follows_a_position_is_part_of_the_match() -> None:
    assert ResolvedSearch(MATCH).pipeline(rest=REST) == [{"$match": {"$and": [MATCH, REST]}}]


def test_the_order_comes_before_the_lookups_and_the_limit_after_them() -> None:
    search = ResolvedSearch(MATCH, stages=[LOOKUP], late=[{"_m0": {"$ne": []}}])
    assert search.pipeline(SORT, ending=[LIMIT]) == [
        {"$match": MATCH},
        SORT,
        LOOKUP,
        {"$match": {"$and": [{"_m0": {"$ne": []}}]}},
        LIMIT,
    ]


def test_other_parts_are_united_with_the_first_each_with_its_limit() -> None:
    first, second, union = ResolvedSearch(MATCH, others=[{"k": "b"}]).pipeline(ending=[LIMIT])
    assert (first, second) == ({"$match": MATCH}, LIMIT)
    assert union == {"$unionWith": {"coll": "resources", "pipeline": [{"$match": {"k": "b"}}, LIMIT]}}


def test_portions_are_asked_one_after_the_other() -> None:
    search = ResolvedSearch(MATCH, portions=[{"k": "x"}, {"k": "y"}])
    asked = [search.portion(number) for number in range(3)]
    assert asked == [ResolvedSearch({"k": "x"}), ResolvedSearch({"k": "y"}), None]
    assert ResolvedSearch(MATCH).portion(0) == ResolvedSearch(MATCH)
    assert ResolvedSearch(MATCH).portion(1) is None


def test_without_index_hints_only_the_scope_can_choose_an_index() -> None:
    search = ResolvedSearch({"t": "Patient", "x": False, "$and": [MATCH]}, conditions=[MATCH])
    assert search.without_index_hints().match == {
        "t": "Patient",
        "x": False,
        "$nor": [{"$nor": [{"$and": [MATCH]}]}],
    }
    assert ResolvedSearch(MATCH).without_index_hints() == ResolvedSearch(MATCH)


def portions(monkeypatch: pytest.MonkeyPatch, filter_: dict[str, Any], *pairs: tuple[str, str]) -> list[dict[str, Any]]:
    monkeypatch.setattr(resolved, "_POINTERS_AT_ONCE", 2)
    monkeypatch.setattr(resolved, "_PORTIONS", 3)
    return divide(plan_search(parse("Patient", pairs)), [(Bound((), rank=2), filter_)])


def test_many_ids_are_divided_and_the_last_portion_has_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [f"Patient/{number}" for number in range(9)]
    asked = [portion["$and"][0]["_id"]["$in"] for portion in portions(monkeypatch, {"_id": {"$in": ids}})]
    assert asked == [ids[:2], ids[2:4], ids[4:]]


def test_a_resource_with_several_pointers_is_in_the_first_portion_that_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = portions(monkeypatch, {"k": {"$in": ["a", "b", "c"]}})
    assert first["$and"] == [{"k": {"$in": ["a", "b"]}}]
    assert second["$and"] == [{"k": {"$in": ["c"]}}, {"$nor": [{"k": {"$in": ["a", "b"]}}]}]


@pytest.mark.parametrize(
    ("filter_", "pairs"),
    [
        ({"k": {"$in": ["a", "b"]}}, []),
        ({"k": "a"}, []),
        ({"d": {"$in": [1, 2, 3]}}, []),
        ({"k": {"$in": ["a", "b", "c"]}, "at": 1}, []),
        ({"k": {"$in": ["a", "b", "c"]}}, [("_sort", "_id")]),
        ({"k": {"$in": ["a", "b", "c"]}}, [("_contained", "true")]),
    ],
)
def test_any_other_search_is_not_divided(monkeypatch: pytest.MonkeyPatch, filter_: Any, pairs: Any) -> None:
    assert portions(monkeypatch, filter_, *pairs) == []
