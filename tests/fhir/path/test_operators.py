"""Operators (https://hl7.org/fhirpath/N1/#operations): the truth tables and the rules of empty operands."""

import pytest

from gateway.fhir import path
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Literal
from gateway.fhir.path.operators import check_literal, union
from gateway.fhir.path.values import integer

RESULTS = {"true": [True], "false": [False], "{}": []}
ORDER = ("true", "false", "{}")

# Rows: the left operand. Columns: the right operand, in the order true, false, empty.
TABLES = {
    "and": {"true": "true false {}", "false": "false false false", "{}": "{} false {}"},
    "or": {"true": "true true true", "false": "true false {}", "{}": "true {} {}"},
    "xor": {"true": "false true {}", "false": "true false {}", "{}": "{} {} {}"},
    "implies": {"true": "true false {}", "false": "true true true", "{}": "true {} {}"},
}


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        (operator, left, right, expected)
        for operator, table in TABLES.items()
        for left, row in table.items()
        for right, expected in zip(ORDER, row.split(), strict=True)
    ],
)
def test_boolean_logic_has_three_values(operator: str, left: str, right: str, expected: str) -> None:
    """https://hl7.org/fhirpath/N1/#boolean-logic"""
    assert path.compile(f"{left} {operator} {right}")({}) == RESULTS[expected]


@pytest.mark.parametrize("expression", ["false and (1 + 'a')", "true or (1 + 'a')", "false implies (1 + 'a')"])
def test_the_right_side_is_not_evaluated_if_the_left_decides(expression: str) -> None:
    assert path.compile(expression)({}) in ([True], [False])


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
def test_an_empty_operand_gives_an_empty_result(operator: str) -> None:
    assert path.compile(f"1 {operator} {{}}")({}) == path.compile(f"{{}} {operator} 1")({}) == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{} ~ {}", [True]),
        ("{} !~ 1", [True]),
        ("1 in (1 | 2)", [True]),
        ("3 in (1 | 2)", [False]),
        ("1 in {}", [False]),
        ("{} in (1 | 2)", []),
        ("(1 | 2) contains 2", [True]),
        ("{} contains 2", [False]),
        ("(1 | 2) contains {}", []),
        ("1 | 1 | 2", [1, 2]),
        ("1 != 2", [True]),
        ("2 >= 2 and 2 <= 2", [True]),
        ("1 is Integer", [True]),
        ("{} is Integer", []),
        ("(1 | 'a') as String", ["a"]),
    ],
)
def test_collections(expression: str, expected: list[object]) -> None:
    assert path.compile(expression)({}) == expected


def test_several_items_are_no_operand_of_a_comparison() -> None:
    with pytest.raises(PathError, match="one item expected, 2 found"):
        path.compile("(1 | 2) < 3")({})
    with pytest.raises(PathError, match="one item expected, 2 found"):
        path.compile("(1 | 2) in 3")({})


def test_union_keeps_the_first_of_equal_items() -> None:
    assert union(integer(1) + integer(2), integer(2) + integer(1)) == integer(1) + integer(2)


def test_a_date_that_does_not_exist_is_no_literal() -> None:
    check_literal(Literal("System.Date", "2016-02-29", 0))
    check_literal(Literal("System.DateTime", "2016T", 0))
    with pytest.raises(PathError, match="this Date does not exist: 2015-02-29") as caught:
        check_literal(Literal("System.Date", "2015-02-29", 4))
    assert (caught.value.phase, caught.value.at) == ("syntax", 4)
