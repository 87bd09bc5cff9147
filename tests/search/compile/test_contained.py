"""Searches for contained resources: https://hl7.org/fhir/R4/search.html#contained"""

from typing import Any

import pytest

from gateway.search.compile.contained import entries, inside, searched
from gateway.search.compile.plan import plan_search
from gateway.search.query import Query, parse

CODE = {"k": "code|a|s"}


def query(contained: str, type_: str | None = "Medication") -> Query:
    return Query(type_, contained=contained)


def test_a_contained_resource_is_an_entry_of_its_container() -> None:
    assert searched(query("true"), [CODE]) == {
        "n": {"$elemMatch": {"t": {"$in": ["Medication"]}, "first": {"$exists": False}, "$and": [CODE]}},
        "x": False,
    }


def test_both_kinds_are_alternatives() -> None:
    found = searched(query("both"), [CODE])
    itself, within = found["$or"]
    assert itself == {"t": {"$in": ["Medication"]}, "$and": [CODE]}
    assert within == {k: v for k, v in searched(query("true"), [CODE]).items() if k == "n"}
    assert found["x"] is False


def test_without_clauses_any_contained_resource_of_the_type_is_found() -> None:
    assert searched(query("true"), [])["n"]["$elemMatch"] == {"t": {"$in": ["Medication"]}, "first": {"$exists": False}}
    assert searched(query("true", None), [])["n"]["$elemMatch"]["t"] == {"$gt": ""}


@pytest.mark.parametrize("contained", ["true", "both"])
def test_the_entry_itself_is_found_again_in_the_filter(contained: str) -> None:
    filter_ = searched(query(contained), [CODE])
    assert entries(filter_) == {"t": {"$in": ["Medication"]}, "first": {"$exists": False}, "$and": [CODE]}


@pytest.mark.parametrize(
    ("condition", "within"),
    [
        ({"_id": "Medication/m"}, {"i": "m"}),
        ({"_id": {"$in": ["Medication/m", "Medication/n"]}}, {"i": {"$in": ["m", "n"]}}),
        ({"$nor": [{"_id": "Medication/m"}]}, {"$nor": [{"i": "m"}]}),
        ({"$or": [{"_id": "Medication/m"}, CODE]}, {"$or": [{"i": "m"}, CODE]}),
    ],
)
def test_within_a_container_ids_have_no_type(condition: dict[str, Any], within: dict[str, Any]) -> None:
    assert inside(["Medication"], [condition])["n"]["$elemMatch"]["$and"] == [within]


def test_only_the_container_was_updated() -> None:
    moment = {"u": {"$gte": 5}}
    filter_ = inside(["Medication"], [CODE, moment])
    assert filter_["$and"] == [moment]
    assert filter_["n"]["$elemMatch"]["$and"] == [CODE]


def test_a_chain_looks_only_at_what_its_parameter_refers_to() -> None:
    entry = inside(["Medication"], [CODE], ["medication"])["n"]["$elemMatch"]
    assert entry == {"t": {"$in": ["Medication"]}, "r": {"$in": ["medication"]}, "$and": [CODE]}


def test_a_plan_searches_contained_resources_if_asked_to() -> None:
    plan = plan_search(parse("Medication", [("code", "s|a"), ("_contained", "true")]))
    assert plan.match() == searched(query("true"), [CODE])
    assert plan.eras() == [plan.match()]
