"""Combining (https://hl7.org/fhirpath/N1/#combining)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fhir.path.functions.cases import values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(1 | 1 | 2 | 3).union(2 | 3)", [1, 2, 3]),
        ("(1 | 2).union({})", [1, 2]),
        ("(1 | 2).combine(2 | 3)", [1, 2, 2, 3]),
        ("(1 | 2).combine(2, true)", [1, 2, 2]),
        ("(1 | 2 | 3).intersect(2 | 4)", [2]),
        ("(1).combine(1).intersect(1)", [1]),
        ("(1 | 2 | 3).exclude(2)", [1, 3]),
        ("(1).combine(1).exclude(2)", [1, 1]),
        ("(1 | 2).intersect(1.0)", [1]),
    ],
)
def test_combining(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


def written(numbers: list[int]) -> str:
    return "({})" + "".join(f".combine({number})" for number in numbers)


NUMBERS = st.lists(st.integers(0, 20), max_size=15)


@given(NUMBERS, NUMBERS)
def test_intersection_and_exclusion_part_a_collection(left: list[int], right: list[int]) -> None:
    a, b = written(left), written(right)
    both, rest = values(f"{a}.intersect({b})"), values(f"{a}.exclude({b})")
    assert set(both) == set(left) & set(right) and len(both) == len(set(both))
    assert rest == [number for number in left if number not in right]
    assert values(f"{a}.union({b})") == list(dict.fromkeys([*left, *right]))
