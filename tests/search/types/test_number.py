"""Numbers: https://hl7.org/fhir/R4/search.html#number"""

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import number

PROBABILITY = Parameter("probability", "number", "", stored=("probability",))


@pytest.mark.parametrize(("value", "point"), [(5, 5.0), (Decimal("0.10"), 0.1), (Decimal("-3e2"), -300.0), (0, 0.0)])
def test_a_stored_number_is_a_point(value: Any, point: float) -> None:
    assert number.index("probability", "decimal", value) == [{"p": "probability", "lo": point, "hi": point}]


@pytest.mark.parametrize("value", [True, "5", None, {"value": 5}])
def test_another_value_has_no_entry(value: Any) -> None:
    assert number.index("probability", "decimal", value) == []


def test_a_number_beyond_a_double_is_infinite() -> None:
    assert number.double(Decimal("1e400")) == math.inf
    assert number.double(-(10**400)) == -math.inf


@pytest.mark.parametrize(
    ("written", "lo", "hi"),
    [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "95", "105"),
        ("5.4", "5.35", "5.45"),
        ("-5.4", "-5.45", "-5.35"),
        ("0", "-0.5", "0.5"),
        ("gt5.4", "5.4", "5.4"),
        ("ne5.4", "5.35", "5.45"),
        ("ap50", "45", "55"),
        ("ap-50", "-55", "-45"),
        ("+5", "4.5", "5.5"),
        ("5E2", "495", "505"),
    ],
)
def test_a_number_means_what_its_digits_leave_open(written: str, lo: str, hi: str) -> None:
    _, low, high = number.parse("x", written)
    assert (low, high) == (Decimal(lo), Decimal(hi))


@pytest.mark.parametrize("written", ["184.34043378700804", "27.901085378370308", "0.1", "-196.07372903948422", "1e40"])
def test_a_number_is_found_as_it_is_written_whatever_a_double_can_tell(written: str) -> None:
    stored = number.double(Decimal(written))
    bounds = number.comparison(*number.parse("x", written))
    assert bounds["lo"]["$gte"] <= stored <= bounds["hi"]["$lte"]


@pytest.mark.parametrize(
    "written", ["", "x", "NaN", "inf", "5,4", "0x5", "5.", ".5", "1e9999", "5 4", "٥", "gt", "5" * 41]
)
def test_another_text_is_refused(written: str) -> None:
    with pytest.raises(BadRequest, match=r"'x'.*not a number such as"):
        number.parse("x", written)


def test_a_rounded_range_leaves_out_its_upper_end() -> None:
    filter_ = number.where("probability", PROBABILITY, None, "5", NO_CONTEXT)
    upper = math.nextafter(5.5, -math.inf)
    assert filter_ == {"q": {"$elemMatch": {"p": "probability", "lo": {"$gte": 4.5}, "hi": {"$lte": upper}}}}


def test_an_exact_comparison_takes_the_number_as_written() -> None:
    assert number.where("probability", PROBABILITY, None, "gt0.50", NO_CONTEXT) == {
        "q": {"$elemMatch": {"p": "probability", "hi": {"$gt": 0.5}}}
    }


def test_an_escape_is_undone() -> None:
    with pytest.raises(BadRequest):
        number.where("probability", PROBABILITY, None, "5\\,4", NO_CONTEXT)


@given(st.decimals(-1000, 1000, places=2))
def test_a_stored_number_is_equal_to_itself_and_between_its_neighbors(value: Decimal) -> None:
    [entry] = number.index("x", "decimal", value)
    bounds = number.comparison(*number.parse("x", f"{value:f}"))
    assert bounds["lo"]["$gte"] <= entry["lo"] <= bounds["hi"]["$lte"]
    above = number.comparison(*number.parse("x", f"{value + 1:f}"))
    assert entry["lo"] < above["lo"]["$gte"]
