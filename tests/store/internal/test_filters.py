"""Conditions on the fields of internal documents, as filters of MongoDB."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.store.internal.filters import OPERATORS, FieldCondition, PathStep, Span, every, where

DAY = Span(datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


def condition(path: str, operator: str, value: Any) -> FieldCondition:
    """A list is written with a * behind its name."""
    steps = tuple(PathStep(name.rstrip("*"), name.endswith("*")) for name in path.split("."))
    return FieldCondition(steps, operator, value)


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", "final", {"s": {"$eq": "final"}}),
        ("eq", ["final", "amended"], {"s": {"$in": ["final", "amended"]}}),
        ("eq", DAY, {"s": {"$gte": DAY.start, "$lt": DAY.end}}),
        ("ne", "final", {"$nor": [{"s": {"$eq": "final"}}]}),
        ("ne", DAY, {"$nor": [{"s": {"$gte": DAY.start, "$lt": DAY.end}}]}),
        ("ne", ["a", "b"], {"$nor": [{"s": {"$in": ["a", "b"]}}]}),
        ("gt", Decimal("1.5"), {"s": {"$gt": Decimal("1.5")}}),
        ("gt", DAY, {"s": {"$gte": DAY.end}}),
        ("ge", 3, {"s": {"$gte": 3}}),
        ("ge", DAY, {"s": {"$gte": DAY.start}}),
        ("lt", 3, {"s": {"$lt": 3}}),
        ("lt", DAY, {"s": {"$lt": DAY.start}}),
        ("le", 3, {"s": {"$lte": 3}}),
        ("le", DAY, {"s": {"$lt": DAY.end}}),
        ("in", ["a", "b"], {"s": {"$in": ["a", "b"]}}),
        ("in", [DAY], {"$or": [{"s": {"$gte": DAY.start, "$lt": DAY.end}}]}),
        ("exists", True, {"s": {"$exists": True}}),
        ("exists", False, {"s": {"$exists": False}}),
        ("prefix", "a.b*", {"s": {"$regex": "^a\\.b\\*"}}),
    ],
)
def test_each_operator_is_one_filter(operator: str, value: Any, expected: dict[str, Any]) -> None:
    assert where([condition("s", operator, value)]) == expected


def test_every_operator_is_tried_above() -> None:
    assert set(OPERATORS) == {"eq", "ne", "gt", "ge", "lt", "le", "in", "exists", "prefix"}


def test_no_condition_matches_everything() -> None:
    assert where([]) == {} and every([]) == {}


def test_conditions_on_different_fields_must_all_be_met() -> None:
    filter_ = where([condition("status", "eq", "final"), condition("code.text", "eq", "x")])
    assert filter_ == {"$and": [{"status": {"$eq": "final"}}, {"code.text": {"$eq": "x"}}]}


def test_conditions_on_one_list_must_be_met_by_one_item() -> None:
    systolic = [
        condition("components*.code_keys", "eq", "loinc|8480-6"),
        condition("components*.value.number", "gt", 140),
    ]
    assert where(systolic) == {
        "components": {"$elemMatch": {"$and": [{"code_keys": {"$eq": "loinc|8480-6"}}, {"value.number": {"$gt": 140}}]}}
    }


def test_a_negative_condition_is_about_the_item_that_the_others_pick() -> None:
    filter_ = where([condition("names*.use", "eq", "official"), condition("names*.family", "ne", "Smith")])
    assert filter_ == {
        "names": {"$elemMatch": {"$and": [{"use": {"$eq": "official"}}, {"$nor": [{"family": {"$eq": "Smith"}}]}]}}
    }


def test_a_negative_condition_alone_is_about_all_items() -> None:
    assert where([condition("names*.family", "ne", "Smith")]) == {"$nor": [{"names.family": {"$eq": "Smith"}}]}
    assert where([condition("names*.family", "exists", False)]) == {"names.family": {"$exists": False}}


def test_lists_within_lists_are_nested() -> None:
    filter_ = where([condition("names*.given*.text", "eq", "Anna"), condition("names*.use", "eq", "official")])
    assert filter_ == {
        "names": {
            "$elemMatch": {"$and": [{"use": {"$eq": "official"}}, {"given": {"$elemMatch": {"text": {"$eq": "Anna"}}}}]}
        }
    }


def test_a_list_of_plain_values_is_no_list_of_objects() -> None:
    assert where([condition("keys*", "eq", "a|1")]) == {"keys": {"$eq": "a|1"}}


@pytest.mark.parametrize(
    ("operator", "value", "negative"),
    [("ne", 1, True), ("exists", False, True), ("exists", True, False), ("eq", 1, False)],
)
def test_what_a_missing_field_meets_is_negative(operator: str, value: Any, negative: bool) -> None:
    assert condition("s", operator, value).negative is negative
