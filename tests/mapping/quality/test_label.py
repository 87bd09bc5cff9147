"""Low, normal, high, critical: by whose judgement, and when by nobody's."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.quality.facts import facts
from tests.mapping.quality.support import concept, observation, quantity, read


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
        between("1", "9") + between("2", "8"),
        between("1", "9", "g/dL"),
        between("9", "1"),
        [{"text": "see note"}],
        [{"text": "up to 9"}],
        [{"text": "1 - 9 g/dL"}],
        [{"text": "1,234 - 5,678"}],
        [{"low": {"unit": "mmol/L"}, "high": quantity("9", "mmol/L")}],  # there is a low end, and nobody can tell it
        [{"low": quantity("1", "mmol/L"), "high": {"value": "9"}}],
    ],
)
def test_a_range_that_may_be_for_others_or_cannot_be_compared_is_not_used_and_none_takes_its_place(
    ranges: list[dict[str, Any]],
) -> None:
    """5.5 is high by the default range, which the sender, who has one of its own, may not mean."""
    assert label(observation("2823-3", "5.5", "mmol/L", referenceRange=ranges)) is None
    said_so = observation("2823-3", "5.5", "mmol/L", referenceRange=ranges, interpretation=said("N"))
    assert label(said_so) == {"level": "normal", "by": "interpretation"}


@pytest.mark.parametrize(
    "ranges",
    [[], [{}], [{"text": " - "}], between("1", "9", type={"coding": [{"code": "therapeutic"}]})],
)
def test_where_the_sender_gives_no_normal_range_the_default_judges(ranges: list[dict[str, Any]]) -> None:
    assert label(observation("2823-3", "5.5", "mmol/L", referenceRange=ranges))["by"] == "default range"


@pytest.mark.parametrize(
    ("text", "number", "level"),
    [
        ("3.5 - 5.3", "5.2", "normal"),
        ("3,5-5,3", "5.4", "high"),
        ("3.5\u20135.3 mmol/L", "3.4", "low"),
        ("3.5-5.3 mEq/L", "5.3", "normal"),
        ("<5.3", "5.3", "high"),
        ("<= 5.3", "5.3", "normal"),
        ("&lt; 5.3", "5.2", "normal"),
        (">5.1", "5.1", "low"),
        ("\u22655.1", "5.1", "normal"),
    ],
)
def test_a_range_written_as_text_is_read(text: str, number: str, level: str) -> None:
    found = label(observation("2823-3", number, "mmol/L", referenceRange=[{"text": text}]))
    assert (found["level"], found["by"]) == (level, "reference range")


def test_a_range_without_a_unit_is_in_that_of_the_value() -> None:
    """14 g/dL sent as 140 g/L, with the bounds of g/L as bare numbers: as HL7 v2 has them."""
    bare = [{"low": {"value": Decimal(135)}, "high": {"value": Decimal(175)}}]
    found = label(observation("718-7", "130", "g/L", referenceRange=bare))
    assert (found["level"], found["low"], found["high"]) == ("low", Decimal("13.5"), Decimal("17.5"))
    assert label(observation("718-7", "130", "g/L", referenceRange=[{"text": "135-175"}])) == found
    assert label({**observation("718-7", "13"), "referenceRange": bare}) is None


def test_the_critical_limit_of_adults_does_not_count_within_the_range_of_the_sender() -> None:
    newborn = between("100", "160", "/min")
    assert label(observation("8867-4", "165", "/min", referenceRange=newborn))["level"] == "high"
    assert label(observation("8867-4", "165", "/min", referenceRange=between("60", "100", "/min")))["level"] == (
        "critical-high"
    )


def test_what_comes_from_the_table_says_that_it_is_for_adults() -> None:
    assert label(observation("718-7", "22", "g/dL"))["for"] == "adults"
    assert "for" not in label(observation("718-7", "22", "g/dL", referenceRange=between("14", "22", "g/dL")))


@pytest.mark.parametrize(
    ("number", "level"),
    [
        ("3.79", "low"),
        ("3.8", "normal"),
        ("5.3", "normal"),
        ("5.8", "normal"),
        ("5.81", "high"),
        ("6.2", "critical-high"),
    ],
)
def test_the_range_of_the_laboratory_outranks_the_default_and_its_ends_are_normal(number: str, level: str) -> None:
    """5.3 is high and 3.6 normal by the default. FHIR's ends are included (Observation.referenceRange.low, high)."""
    for ranges in (between("3.8", "5.8"), between("3.8", "5.8")[0]):  # an object where a list is due
        found = label(observation("2823-3", number, "mmol/L", referenceRange=ranges))
        assert (found["level"], found["by"]) == (level, "reference range")
        assert (found["low"], found["high"]) == (Decimal("3.8"), Decimal("5.8"))
        assert ("for" in found) == (level == "critical-high")  # that limit is the table's, and the table is of adults


def test_the_range_of_the_laboratory_is_compared_exactly_in_its_own_unit() -> None:
    """100 mg/dL are 5.5507... mmol/L."""
    ranges = between(None, "100", "mg/dL")
    assert label(observation("14749-6", "5.55", "mmol/L", referenceRange=ranges))["level"] == "normal"
    assert label(observation("14749-6", "5.551", "mmol/L", referenceRange=ranges))["level"] == "high"


@pytest.mark.parametrize(("number", "level"), [("85", "critical-low"), ("90", "normal"), ("219.6", "critical-high")])
def test_a_critical_limit_at_the_end_of_the_range_of_the_sender_counts_beyond_it(number: str, level: str) -> None:
    """NEWS2 alerts at 90, which this sender calls normal, and rounds 219.6 to 220."""
    ranges = between("90", "139", "mm[Hg]")
    assert label(observation("8480-6", number, "mm[Hg]", referenceRange=ranges))["level"] == level


@pytest.mark.parametrize(("number", "level"), [("15", "normal"), ("13", "low"), ("3", "critical-low")])
def test_a_range_that_is_the_whole_scale_is_no_normal_range(number: str, level: str) -> None:
    """3 of 3 to 15 is a deep coma; what of it is severe is no normal range either."""
    whole = between("3", "15", "{score}")
    grades = between(None, "8", "{score}", type={"text": "severe"}) + between(
        "13", None, "{score}", type={"text": "mild"}
    )
    for ranges in (whole, grades, []):
        found = label(observation("9269-2", number, "{score}", referenceRange=ranges))
        assert (found["level"], found["by"], found["low"]) == (level, "default range", 15)
    assert label(observation("72514-3", "10", "{score}", referenceRange=between("0", "10", "{score}"))) is None


def test_what_the_sender_says_without_a_range_stays_as_it_was_said() -> None:
    """6.5 is beyond the critical limit of adults, and the sender does not call it critical."""
    high = observation("2823-3", "6.5", "mmol/L", interpretation=said("H"))
    assert label(high) == {"level": "high", "by": "interpretation"}


@pytest.mark.parametrize(("number", "level"), [("484", "critical-high"), ("46", "critical-low"), ("200", None)])
def test_a_code_without_a_default_range_is_still_critical(number: str, level: str | None) -> None:
    """A glucose of which nobody says whether it was fasting."""
    found = label(observation("2345-7", number, "mg/dL"))
    assert found is None if level is None else (found["level"], found["by"]) == (level, "critical limits")


def test_the_limit_itself_is_critical_where_the_normal_range_begins_there() -> None:
    assert label(observation("8480-6", "90", "mm[Hg]"))["level"] == "critical-low"
    assert label(observation("8480-6", "91", "mm[Hg]"))["level"] == "normal"


def test_significantly_high_is_not_critical_and_a_letter_of_another_system_says_nothing() -> None:
    node = {"code": {"text": "x"}, "valueString": "many"}
    assert label({**node, "interpretation": said("HU")})["level"] == "high"
    assert label({**node, "interpretation": said("LU")})["level"] == "low"
    other = [{"coding": [{"system": "urn:oid:1.2.3.4", "code": "H"}]}]
    assert label({**node, "interpretation": other}) is None
    assert label({**node, "interpretation": [{"coding": [{"code": "H"}]}]})["level"] == "high"


def test_no_pressure_of_two_speaks_for_both() -> None:
    assert label({"code": concept("85354-9"), "valueString": "120/115 mmHg"}) is None


@pytest.mark.parametrize(
    ("loinc", "number", "unit", "level"),
    [
        ("2093-3", "200", "mg/dL", "high"),
        ("14647-2", "5.2", "mmol/L", "high"),
        ("2571-8", "150", "mg/dL", "high"),
        ("9318-7", "30", "mg/g", "high"),
        ("2028-9", "29", "mmol/L", "normal"),
        ("2703-7", "250", "mm[Hg]", "normal"),  # on oxygen, for all we know
        ("2019-8", "44", "mm[Hg]", "normal"),
    ],
)
def test_default_ranges_end_where_their_sources_say(loinc: str, number: str, unit: str, level: str) -> None:
    assert label(observation(loinc, number, unit))["level"] == level


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


RANKS = ["critical-low", "low", "normal", "high", "critical-high"]


@given(st.sampled_from(sorted(facts())), st.lists(st.decimals(-100, 3000, places=2), min_size=2, max_size=2))
def test_more_is_never_labelled_lower(loinc: str, numbers: list[Decimal]) -> None:
    unit = facts()[loinc].unit
    found = [label(observation(loinc, str(number), unit)) for number in sorted(numbers)]
    levels = [RANKS.index(each["level"]) for each in found if each is not None]
    assert levels == sorted(levels)


def test_a_component_is_labelled_like_an_observation() -> None:
    part = observation("8480-6", "84", "mm[Hg]")
    assert read("label", part, "Observation.component")[0]["level"] == "critical-low"
