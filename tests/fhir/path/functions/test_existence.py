"""Existence (https://hl7.org/fhirpath/N1/#existence), with the examples of the specification."""

from typing import Any

import pytest

from gateway.fhir.path.errors import PathError
from tests.fhir.path.functions.cases import values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("name.empty()", [False]),
        ("photo.empty()", [True]),
        ("name.exists()", [True]),
        ("photo.exists()", [False]),
        ("name.exists(use = 'usual')", [True]),
        ("name.exists(use = 'old')", [False]),
        ("name.exists(family)", [True]),
        ("name.all(given.exists())", [True]),
        ("name.all(family.exists())", [False]),
        ("photo.all(false)", [True]),
        ("(true | false).allTrue()", [False]),
        ("{}.allTrue()", [True]),
        ("(true | false).anyTrue()", [True]),
        ("{}.anyTrue()", [False]),
        ("(true | false).allFalse()", [False]),
        ("{}.allFalse()", [True]),
        ("(true | false).anyFalse()", [True]),
        ("{}.anyFalse()", [False]),
        ("(1 | 2).subsetOf(1 | 2 | 3)", [True]),
        ("(1 | 4).subsetOf(1 | 2 | 3)", [False]),
        ("{}.subsetOf(1)", [True]),
        ("(1 | 2 | 3).supersetOf(1 | 2)", [True]),
        ("{}.supersetOf(1)", [False]),
        ("name.given.count()", [3]),
        ("{}.count()", [0]),
        ("(1 | 2).combine(2 | 3).distinct()", [1, 2, 3]),
        ("(1 | 2).combine(2).isDistinct()", [False]),
        ("{}.isDistinct()", [True]),
        ("active.not()", [False]),
        ("{}.not()", []),
        ("'a'.not()", [False]),
    ],
)
def test_existence(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize("function", ["allTrue", "anyTrue", "allFalse", "anyFalse"])
def test_other_types_than_boolean_are_an_error(function: str) -> None:
    with pytest.raises(PathError, match=r"Boolean expected, System\.String found"):
        values(f"('a' | 'b').{function}()")


def test_many_items_are_compared_as_few_are() -> None:
    many = " | ".join(map(str, range(30)))
    assert values(f"(1 | 2).subsetOf({many})") == values(f"({many}).supersetOf(1 | 2)") == [True]
    assert values(f"(1 | 77).subsetOf({many})") == [False]
