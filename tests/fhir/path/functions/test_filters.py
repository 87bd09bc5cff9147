"""Filtering, projection and subsetting (https://hl7.org/fhirpath/N1/#filtering-and-projection, #subsetting)."""

from typing import Any

import pytest

from gateway.fhir.path.errors import PathError
from tests.fhir.path.functions.cases import values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("name.where(use = 'official').family", ["Chalmers"]),
        ("name.where(family = 'x')", []),
        ("name.where({})", []),
        ("name.given.where($index > 0)", ["James", "Jim"]),
        ("name.select(given.first())", ["Peter", "Jim"]),
        ("name.select(use | 'x').count()", [4]),
        ("name.given.first()", ["Peter"]),
        ("name.given.last()", ["Jim"]),
        ("name.given.tail()", ["James", "Jim"]),
        ("name.given.skip(1)", ["James", "Jim"]),
        ("name.given.skip(0).count()", [3]),
        ("name.given.skip(-1).count()", [3]),
        ("name.given.skip(5)", []),
        ("name.given.take(2)", ["Peter", "James"]),
        ("name.given.take(0)", []),
        ("name.given.take(-3)", []),
        ("name.family.single()", ["Chalmers"]),
        ("{}.single()", []),
        ("{}.first() | {}.last() | {}.tail()", []),
        ("name.given[1]", ["James"]),
        ("name.given[7]", []),
    ],
)
def test_filters(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


def test_a_filter_puts_this_and_index_back() -> None:
    assert values("name.where(given.where($this = 'Jim').exists() and $index = 1).use") == ["usual"]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("name.single()", "one item expected, 2 found"),
        ("name.skip({})", "Integer expected, nothing found"),
        ("name.take('1')", "Integer expected"),
    ],
)
def test_a_filter_that_cannot_be_applied_is_an_error(expression: str, reason: str) -> None:
    with pytest.raises(PathError, match=reason):
        values(expression)
