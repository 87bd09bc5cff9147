"""Math (https://hl7.org/fhirpath/N1/#math-1)."""

from decimal import Decimal

import pytest

from gateway.fhir.path.arithmetic import BINARY, concatenate, divided, negative, numeric, positive
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.values import Nodes, decimal, integer, quantity, string

MASS: Nodes = [("System.Quantity", quantity(Decimal(2), "kg"), None)]


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        ("+", integer(1), integer(2), integer(3)),
        ("+", integer(1), decimal(Decimal("0.5")), decimal(Decimal("1.5"))),
        ("+", string("a"), string("b"), string("ab")),
        ("-", integer(1), integer(3), integer(-2)),
        ("*", decimal(Decimal("1.5")), integer(2), decimal(Decimal("3.0"))),
        ("/", integer(4), integer(2), decimal(Decimal(2))),
        ("/", integer(1), integer(0), []),
        ("div", integer(5), integer(2), integer(2)),
        ("div", decimal(Decimal("5.5")), decimal(Decimal("0.7")), integer(7)),
        ("div", integer(5), integer(0), []),
        ("mod", integer(5), integer(2), integer(1)),
        ("mod", decimal(Decimal("5.5")), decimal(Decimal("0.7")), decimal(Decimal("0.6"))),
        ("+", integer(2**31 - 1), integer(1), []),
        ("+", [], integer(1), []),
        ("*", integer(1), [], []),
        ("&", string("a"), [], string("a")),
        ("&", [], [], string("")),
    ],
)
def test_an_operator_gives(operator: str, left: Nodes, right: Nodes, expected: Nodes) -> None:
    assert BINARY[operator](left, right) == expected


@pytest.mark.parametrize(
    ("operator", "left", "right"),
    [
        ("+", integer(1), string("a")),
        ("-", string("a"), string("a")),
        ("*", string("a"), integer(2)),
        ("div", MASS, integer(2)),
        ("mod", MASS, MASS),
        ("/", string("a"), string("b")),
    ],
)
def test_an_operator_without_a_meaning_for_its_types_is_an_error(operator: str, left: Nodes, right: Nodes) -> None:
    with pytest.raises(PathError, match="is not defined"):
        BINARY[operator](left, right)


def test_a_quantity_is_computed_with_a_number() -> None:
    assert BINARY["*"](MASS, integer(3)) == [("System.Quantity", quantity(Decimal(6), "kg"), None)]
    assert BINARY["/"](MASS, integer(2)) == [("System.Quantity", quantity(Decimal(1), "kg"), None)]


def test_division_has_28_digits_and_none_by_zero() -> None:
    assert str(divided(Decimal(1), Decimal(3))) == "0." + "3" * 28
    with pytest.raises(ArithmeticError):
        divided(Decimal(1), Decimal(0))


def test_an_integer_has_32_bits_and_a_decimal_is_finite() -> None:
    assert numeric(-(2**31)) == integer(-(2**31)) and numeric(-(2**31) - 1) == []
    assert numeric(Decimal("Infinity")) == numeric(Decimal("NaN")) == []


def test_signs() -> None:
    assert negative(integer(1)) == integer(-1) and positive(integer(1)) == integer(1)
    assert negative(MASS) == [("System.Quantity", quantity(Decimal(-2), "kg"), None)]
    assert negative([]) == positive([]) == []
    for sign in (negative, positive):
        with pytest.raises(PathError, match="has no sign"):
            sign(string("a"))


def test_a_text_that_grows_without_end_is_an_error() -> None:
    half = string("a" * 6_000_000)
    with pytest.raises(PathError, match="grows too long"):
        concatenate(half, half)
