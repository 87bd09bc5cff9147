"""The order of results: https://hl7.org/fhir/R4/search.html#sort"""

import pytest

from gateway.search.compile.order import Key, order
from gateway.search.definitions.parameters import parameters
from gateway.search.language.controls import Sort
from gateway.search.notation.eras import NO_DATE


def by(*names: str, type_: str = "Observation") -> list[Sort]:
    return [Sort(parameters(type_)[name.removeprefix("-")], name.startswith("-")) for name in names]


def fields(keys: tuple[Key, ...]) -> list[tuple[str, bool]]:
    return [(key.field, key.descending) for key in keys]


@pytest.mark.parametrize(
    ("natural", "expected"),
    [("at", [("at", True), ("_id", True)]), ("u", [("u", True), ("_id", True)]), ("_id", [("_id", False)])],
)
def test_without_sort_the_natural_order_counts(natural: str, expected: list[tuple[str, bool]]) -> None:
    assert fields(order([], natural)) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["date"], [("at", False), ("_id", False)]),
        (["-date"], [("at", True), ("_id", True)]),
        (["_id"], [("_id", False)]),
        (["-_id", "date"], [("_id", True), ("at", False)]),
        (["-_lastUpdated"], [("u", True), ("_id", True)]),
        (["date", "-date", "_lastUpdated"], [("at", False), ("u", False), ("_id", False)]),
        (["status", "-code"], [("s0", False), ("s1", True), ("_id", True)]),
    ],
)
def test_the_order_ends_with_the_id_and_names_nothing_twice(names: list[str], expected: object) -> None:
    assert fields(order(by(*names), "at")) == expected


def computed(name: str, type_: str = "Observation") -> object:
    return order(by(name, type_=type_), "at")[0].computed


def test_a_column_is_not_computed() -> None:
    assert computed("date") is None


def test_the_first_token_of_several_counts() -> None:
    expression = computed("status")
    assert isinstance(expression, dict)
    [least, missing] = expression["$ifNull"]
    assert missing == ""
    assert least["$min"]["$map"]["in"] == {"$arrayElemAt": [{"$split": ["$$one", "|"]}, 1]}
    assert "$max" in computed("-status")["$ifNull"][0]  # type: ignore[index]


def test_a_resource_without_the_date_comes_before_all_others() -> None:
    expression = computed("value-date")
    assert isinstance(expression, dict)
    assert expression["$ifNull"][1] == NO_DATE


@pytest.mark.parametrize(("name", "end"), [("value-quantity", "lo"), ("-value-quantity", "hi"), ("-value-date", "lo")])
def test_a_range_goes_by_its_nearer_end_but_a_date_by_its_beginning(name: str, end: str) -> None:
    expression = computed(name)
    assert isinstance(expression, dict)
    [best] = expression["$ifNull"][0].values()
    assert best["$map"]["in"] == f"$$one.{end}"


def test_only_the_entries_of_the_parameter_count() -> None:
    expression = computed("combo-value-quantity")
    assert isinstance(expression, dict)
    entries = expression["$ifNull"][0]["$min"]["$map"]["input"]["$filter"]
    assert entries["input"] == "$q"
    assert entries["cond"] == {"$in": ["$$one.p", ["component-value-quantity", "value-quantity"]]}
