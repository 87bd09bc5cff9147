"""UCUM expressions (https://ucum.org/ucum#section-Syntax-Rules)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.ucum import UcumUnit, dimension_code, unit

ATOMS = st.sampled_from(["m", "g", "s", "mL", "[in_i]", "mol", "kPa", "10*3", "[iU]", "cm", "min"])


@pytest.mark.parametrize(
    ("code", "factor", "dimension"),
    [
        ("m", 1, "m"),
        ("km", 1000, "m"),
        ("[in_i]", Fraction(254, 10_000), "m"),
        ("mL", Fraction(1, 1_000_000), "m3"),
        ("10*3/uL", 10**12, "m-3"),
        ("10^3", 1000, "1"),
        ("%", Fraction(1, 100), "1"),
        ("{score}", 1, "1"),
        ("m{length}", 1, "m"),
        ("kg.m2/s2", 1000, "g.m2.s-2"),
        ("kg.m/s2.m", 1000, "g.m2.s-2"),
        ("kg/(m.s2)", 1000, "g.m-1.s-2"),
        ("/min", Fraction(1, 60), "s-1"),
        ("/(2.h)", Fraction(1, 7200), "s-1"),
        ("m-2", 1, "m-2"),
        ("m+2", 1, "m2"),
        ("2.m", 2, "m"),
    ],
)
def test_an_expression_has_a_factor_and_a_dimension(code: str, factor: int | Fraction, dimension: str) -> None:
    found = unit(code)
    assert found is not None
    assert found.factor == factor
    assert "".join(sorted(dimension_code(found.dimension))) == "".join(sorted(dimension))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "nonsense",
        "m/",
        ".m",
        "m..s",
        "m s",
        "(m",
        "m)",
        "{a",
        "m{ä}",
        "0.m",
        "kft",
        "m99",
        "k[in_i]",
        "Cel.m",
        "m/Cel",
    ],
)
def test_a_text_outside_the_grammar_is_no_unit(code: str) -> None:
    assert unit(code) is None


def test_an_expression_has_a_length_and_a_depth() -> None:
    assert unit("m." * 150 + "m") is None
    assert unit("(" * 12 + "m" + ")" * 12) is None


def test_a_temperature_has_a_zero_of_its_own() -> None:
    celsius, fahrenheit = unit("Cel"), unit("[degF]")
    assert celsius is not None and fahrenheit is not None
    assert celsius.offset == Fraction("273.15")
    assert (0 + celsius.offset) * celsius.factor == (32 + fahrenheit.offset) * fahrenheit.factor


@given(ATOMS, ATOMS)
def test_a_product_is_that_of_its_parts_in_any_order(left: str, right: str) -> None:
    a, b, product, swapped = unit(left), unit(right), unit(f"{left}.{right}"), unit(f"{right}.{left}")
    assert a is not None and b is not None
    assert product == swapped == a.times(b)


@given(ATOMS)
def test_a_unit_divided_by_itself_is_one(code: str) -> None:
    one = unit(f"{code}/{code}")
    assert one is not None and (one.factor, one.dimension) == (1, ())


@given(st.text(st.sampled_from("mgLs[]{}()/.^*0123456789-+%"), max_size=12))
def test_any_text_is_a_unit_or_none(code: str) -> None:
    assert unit(code) is None or isinstance(unit(code), UcumUnit)
