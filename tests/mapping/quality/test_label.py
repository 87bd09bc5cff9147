"""Low, normal, high, critical: by whose judgement, and when by nobody's."""

from decimal import Decimal
from typing import Any

import pytest

from tests.mapping.quality.support import observation, quantity, read


def label(node: dict[str, Any]) -> Any:
    return read("label", node)[0]


def between(low: str | None, high: str | None, unit: str = "mmol/L", **more: Any) -> list[dict[str, Any]]:
    ends = {"low": low, "high": high}
    return [{**{side: quantity(number, unit) for side, number in ends.items() if number is not None}, **more}]


def said(code: str) -> list[dict[str, Any]]:
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return [{"coding": [{"system": system, "code": code}]}]


@pytest.mark.parametrize(
    ("number", "level"),
    [
        ("3.4", "low"),
        ("3.5", "normal"),
        ("5.0", "normal"),
        ("5.01", "high"),
        ("2.8", "critical-low"),
        ("6.2", "critical-high"),
    ],
)
def test_the_default_range_judges_where_nothing_else_does(number: str, level: str) -> None:
    found = label(observation("2823-3", number, "mmol/L"))
    assert found["level"] == level and found["by"] == "default range"
    assert (found["low"], found["high"], found["unit"]) == (Decimal("3.5"), Decimal("5.0"), "mmol/L")


def test_the_range_of_the_resource_goes_first_and_is_converted() -> None:
    node = observation("718-7", "150", "g/L", referenceRange=between("16.0", "18.0", "g/dL"))
    assert label(node) == {
        "level": "low",
        "by": "reference range",
        "low": Decimal("16.0"),
        "high": Decimal("18.0"),
        "unit": "g/dL",
    }


def test_a_range_in_moles_judges_a_mass_exactly() -> None:
    """1.131 mg/dL is just below 100 umol/L, and rounds to the same."""
    ranges = between(None, "100", "umol/L")
    assert label(observation("2160-0", "1.131", "mg/dL", referenceRange=ranges))["level"] == "normal"
    assert label(observation("2160-0", "1.1312", "mg/dL", referenceRange=ranges))["level"] == "high"


@pytest.mark.parametrize(
    "ranges",
    [
        between("1", "9", appliesTo=[{"text": "women"}]),
        between("1", "9", age={"high": quantity("18", "a")}),
        between("1", "9", type={"coding": [{"code": "therapeutic"}]}),
        between("1", "9") + between("2", "8"),
        between("1", "9", "g/dL"),
        between("9", "1"),
        [{"text": "1 - 9"}],
        [{"low": {"value": Decimal(1)}, "high": {"value": Decimal(9)}}],
    ],
)
def test_a_range_that_may_be_for_others_or_cannot_be_compared_is_not_used(ranges: list[dict[str, Any]]) -> None:
    assert label(observation("2823-3", "5.5", "mmol/L", referenceRange=ranges))["by"] == "default range"


def test_of_several_ranges_the_one_for_everybody_counts() -> None:
    ranges = between("1", "9", appliesTo=[{"text": "women"}]) + between("4", "6", type={"text": "normal"})
    found = label(observation("2823-3", "3.9", "mmol/L", referenceRange=ranges))
    assert (found["level"], found["by"]) == ("low", "reference range")


def test_the_judgement_of_the_sender_goes_before_the_default() -> None:
    node = observation("2823-3", "5.2", "mmol/L", interpretation=said("N"))
    assert label(node) == {"level": "normal", "by": "interpretation"}
    assert (
        label({"code": node["code"], "valueString": "many", "interpretation": said("HH")})["level"] == "critical-high"
    )
    both = observation("2823-3", "5.2", "mmol/L", interpretation=said("N") + said("H"))
    assert label(both)["by"] == "default range"
    called = observation("2823-3", "5.6", "mmol/L", interpretation=said("HH"), referenceRange=between("3.5", "5"))
    assert (label(called)["level"], label(called)["by"]) == ("critical-high", "reference range")


@pytest.mark.parametrize(
    ("comparator", "number", "level"),
    [
        ("<", "3.5", "low"),
        ("<=", "3.5", None),
        ("<", "3.0", "low"),
        ("<", "4.0", None),
        (">", "5.0", "high"),
        (">=", "5.0", None),
        (">", "4.0", None),
    ],
)
def test_a_comparator_has_a_label_only_if_all_it_leaves_open_is_on_one_side(
    comparator: str, number: str, level: str | None
) -> None:
    node = observation("2823-3", number, "mmol/L")
    node["valueQuantity"]["comparator"] = comparator
    found = label(node)
    assert found is None if level is None else found["level"] == level


def test_less_than_a_number_within_an_upper_bound_is_normal() -> None:
    node = observation("2093-3", "100", "mg/dL")
    node["valueQuantity"]["comparator"] = "<"
    assert label(node)["level"] == "normal"


def test_what_cannot_be_compared_has_no_label() -> None:
    assert label(observation("8302-2", "1.84", "cm", referenceRange=between("100", "200", "cm"))) is None
    assert label(observation("2823-3", "0.3", "g/dL")) is None
    assert label(observation("2085-9", "50", "mg/dL")) is None  # the default differs by sex


def test_a_component_is_labelled_like_an_observation() -> None:
    part = observation("8480-6", "84", "mm[Hg]")
    assert read("label", part, "Observation.component")[0]["level"] == "critical-low"
