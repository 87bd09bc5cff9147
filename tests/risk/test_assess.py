"""From a patient's Observations to results, or to reasons: nothing invented, nothing guessed."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.risk.assess import Outcome, assess
from gateway.risk.inputs import LOINC, SNOMED
from tests.risk.make import ALERT, AT, NOW, body, creatinine, liver, observation, patient, pressure, quantity, vitals


def outcome(score: str, observations: Iterable[Resource], who: Resource | None = None) -> Outcome:
    outcomes = assess(who or patient(), list(observations), NOW)
    return next(each for each in outcomes if each.score.id == score)


def value(score: str, observations: Iterable[Resource], who: Resource | None = None) -> Decimal:
    found = outcome(score, observations, who)
    assert found.assessment is not None, found.missing
    return found.assessment.result.value


def reasons(score: str, observations: Iterable[Resource], who: Resource | None = None) -> dict[str, str]:
    found = outcome(score, observations, who)
    assert found.assessment is None
    assert found.missing
    return {missing.input: missing.text for missing in found.missing}


def test_each_score_is_computed_from_its_own_inputs() -> None:
    everything = [*vitals(), creatinine(), *liver(), *body()]
    assert value("news2", everything) == 6
    assert value("ckd-epi-2021", everything) == Decimal("52.1")
    assert value("fib-4", everything) == Decimal("1.63")
    assert value("bmi", everything) == Decimal("27.7")


def test_a_patient_without_observations_gets_reasons_only() -> None:
    assert set(reasons("fib-4", [])) == {"ast", "alt", "platelets"}
    assert set(reasons("fib-4", []).values()) == {"not recorded"}


# --- units


@pytest.mark.parametrize(
    ("given", "code", "converted"),
    [("1.10", "mg/dL", "1.10"), ("97.262", "umol/L", "1.10"), ("0.097262", "mmol/L", "1.10"), ("11.0", "mg/L", "1.10")],
)
def test_creatinine_is_converted_by_its_ucum_code(given: str, code: str, converted: str) -> None:
    found = outcome("ckd-epi-2021", [creatinine(given, code)]).assessment
    assert found is not None
    assert found.readings[0].value == Decimal(converted)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"valueQuantity": {"value": Decimal("1.1")}}, "no UCUM unit code"),
        ({"valueQuantity": {"value": Decimal("1.1"), "unit": "mg/dL"}}, "no UCUM unit code"),
        ({"valueQuantity": {"value": Decimal("1.1"), "code": "mg/dL"}}, "no UCUM unit code"),
        ({"valueQuantity": {"value": Decimal("1.1"), "system": "UCUM", "code": "mg/dL"}}, "no UCUM unit code"),
        ({"valueQuantity": {"unit": "mg/dL"}}, "not a quantity"),
        ({"valueString": "1.1 mg/dL"}, "not a quantity"),
        ({"valueInteger": 1}, "not a quantity"),
        (quantity("1.1", "g"), "cannot be converted"),
        (quantity("1.1", "Cel"), "cannot be converted"),
        (quantity("1.1", "K/mm3"), "cannot be converted"),
        (quantity("97", "mg/dL"), "plausible range"),
        (quantity("1.1", "umol/L"), "plausible range"),
        (quantity("-1", "mg/dL"), "plausible range"),
        ({"valueQuantity": {**quantity("0.2", "mg/dL")["valueQuantity"], "comparator": "<"}}, "only a bound"),
        ({}, "absent"),
        ({"dataAbsentReason": {"coding": [{"code": "error"}]}}, "absent (error)"),
        ({**quantity("1.1", "mg/dL"), "modifierExtension": [{"url": "https://x.example/not"}]}, "modifier extension"),
        ({**quantity("1.1", "mg/dL"), "effectiveDateTime": "2026-11"}, "precise to the day"),
        ({**quantity("1.1", "mg/dL"), "effectiveDateTime": "2099-01-01"}, "in the future"),
    ],
)
def test_a_value_that_cannot_be_trusted_is_refused_with_its_reason(sent: dict[str, Any], why: str) -> None:
    assert why in reasons("ckd-epi-2021", [observation("crea", "2160-0", sent)])["creatinine"]


@pytest.mark.parametrize("status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown"])
def test_only_final_amended_and_corrected_results_count(status: str) -> None:
    assert reasons("ckd-epi-2021", [creatinine(status=status)])["creatinine"] == f"status is {status}"
    assert value("ckd-epi-2021", [creatinine(status="corrected")]) == value("ckd-epi-2021", [creatinine()])


def test_an_observation_about_somebody_else_is_not_the_subjects() -> None:
    assert reasons("bmi", [*body()[:1], {**body()[1], "focus": [{"reference": "Patient/child"}]}])["weight"]


def test_any_coding_may_carry_the_code_also_under_the_oid_of_loinc() -> None:
    local = {"system": "https://lab.example", "code": "2160-0"}
    oid = {"system": "urn:oid:2.16.840.1.113883.6.1", "code": "2160-0"}
    loinc = {"system": LOINC, "code": "2160-0"}
    assert value("ckd-epi-2021", [{**creatinine(), "code": {"coding": [local, oid]}}])
    assert value("ckd-epi-2021", [{**creatinine(), "code": {"coding": [local, loinc, loinc, oid]}}])
    assert reasons("ckd-epi-2021", [{**creatinine(), "code": {"coding": [local]}}])


def test_weights_and_temperatures_of_the_world_are_understood() -> None:
    grams = observation("weight", "29463-7", quantity("80000.0", "g"))
    pounds = observation("weight", "29463-7", quantity("176.37", "[lb_av]"))
    assert value("bmi", [body()[0], grams]) == value("bmi", [body()[0], pounds]) == Decimal("27.7")
    fahrenheit = observation("t", "8310-5", quantity("101.48", "[degF]"))
    assert value("news2", vitals(temp=fahrenheit)) == 6


# --- time


def test_the_newest_value_counts_and_among_equals_the_one_issued_last() -> None:
    old = {**creatinine("2.0", when="2026-10-01"), "id": "old"}
    first = {**creatinine("1.5"), "id": "first", "issued": "2026-11-22T08:00:00Z"}
    last = {**creatinine("1.1"), "id": "last", "issued": "2026-11-22T09:00:00Z"}
    assert value("ckd-epi-2021", [last, old, first]) == Decimal("52.1")


def test_inputs_too_far_apart_make_no_score() -> None:
    late = [*liver("2026-11-01T08:00:00Z")[:2], liver("2026-05-01T08:00:00Z")[2]]
    assert "older than the newest input" in reasons("fib-4", late)["platelets"]


def test_the_moment_steps_back_to_when_all_inputs_were_known() -> None:
    alone = {**liver("2026-11-20")[0], "id": "ast-alone"}
    found = outcome("fib-4", [*liver("2026-03-01"), alone])
    assert found.assessment is not None
    assert found.assessment.when == "2026-03-01"


def test_an_unreadable_value_hides_older_ones_and_is_told_beside_the_older_score() -> None:
    """A score never mixes new values with one known to be outdated."""
    june, november = liver("2026-10-01T08:00:00Z"), liver("2026-11-01T08:00:00Z")
    broken = {**november[0], "valueQuantity": {"value": 900}}
    renamed = [{**each, "id": f"new-{each['id']}"} for each in (broken, *november[1:])]
    found = outcome("fib-4", [*june, *renamed])
    assert found.assessment is not None
    assert found.assessment.when == "2026-10-01T08:00:00Z"
    assert [str(each) for each in found.missing] == [
        "ast: the quantity has no UCUM unit code (newest 2026-11-01T08:00:00Z)"
    ]


def test_at_the_same_time_a_readable_value_is_preferred_to_an_unreadable_copy() -> None:
    text = observation("copy", "2160-0", {"valueString": "1.1 mg/dl"})
    assert value("ckd-epi-2021", [text, creatinine()]) == Decimal("52.1")


def test_height_may_be_old_but_not_a_childs() -> None:
    child = observation("height", "8302-2", quantity("150", "cm"), "1962-01-05")
    assert reasons("bmi", [child, body()[1]])["height"] == "not measured in adulthood"


# --- NEWS2: one set


@pytest.mark.parametrize("left_out", ["resp", "spo2", "oxygen", "bp", "pulse", "acvpu", "temp"])
def test_news2_needs_all_seven_and_assumes_none_of_them(left_out: str) -> None:
    assert list(reasons("news2", vitals(**{left_out: None})).values()) == ["not recorded"]


def test_a_set_spans_fifteen_minutes_and_no_more() -> None:
    quarter = observation("resp", "9279-1", quantity("22", "/min"), "2026-11-22T07:15:00Z")
    assert value("news2", vitals(resp=quarter)) == 6
    before = observation("resp", "9279-1", quantity("22", "/min"), "2026-11-22T07:14:59Z")
    assert "15 minutes" in reasons("news2", vitals(resp=before))["respiration"]


def test_zones_are_the_same_moment_and_the_newest_time_is_the_index() -> None:
    later = observation("resp", "9279-1", quantity("22", "/min"), "2026-11-22T08:41:00+01:00")
    found = outcome("news2", vitals(resp=later)).assessment
    assert found is not None
    assert found.when == "2026-11-22T08:41:00+01:00"


def test_a_set_is_not_put_together_from_two_encounters() -> None:
    ward = [{**each, "encounter": {"reference": "Encounter/ward"}} for each in vitals()]
    other = {**ward[0], "encounter": {"reference": "Encounter/other"}}
    assert value("news2", ward) == 6
    assert reasons("news2", [other, *ward[1:]])["respiration"] == "measured in another encounter"


def test_a_day_is_no_time_for_a_set() -> None:
    assert "day" in reasons("news2", vitals("2026-11-22"))["pulse"]


@pytest.mark.parametrize(
    ("code", "sent", "points"),
    [
        ("3150-0", quantity("21", "%"), 6),
        ("3150-0", quantity("28", "%"), 8),
        ("3150-0", quantity("0.28", "1"), 8),
        ("3151-8", quantity("0", "L/min"), 6),
        ("3151-8", quantity("2.0", "L/min"), 8),
    ],
)
def test_oxygen_is_told_by_fraction_or_flow(code: str, sent: dict[str, Any], points: int) -> None:
    assert value("news2", vitals(oxygen=observation("o2", code, sent))) == points


def test_of_two_oxygen_values_at_once_the_one_that_counts_more_wins() -> None:
    flow = observation("a-flow", "3151-8", quantity("2", "L/min"))
    assert value("news2", [*vitals(), flow]) == 8


def test_oxygen_may_be_a_component_of_the_saturation() -> None:
    flow = {"code": {"coding": [{"system": LOINC, "code": "3151-8"}]}, **quantity("2", "L/min")}
    saturation = observation("spo2", "59408-5", {**quantity("94", "%"), "component": [flow]})
    assert value("news2", vitals(oxygen=None, spo2=saturation)) == 8


@pytest.mark.parametrize(
    ("sent", "points"),
    [
        (ALERT, 6),
        ({"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "130987000"}]}}, 9),
        ({"valueCodeableConcept": {"coding": [{"system": LOINC, "code": "LA17107-6"}]}}, 9),
        ({"valueCodeableConcept": {"text": "New confusion"}}, 9),
        ({"valueString": " v "}, 9),
    ],
)
def test_consciousness_is_read_from_codes_and_exact_words(sent: dict[str, Any], points: int) -> None:
    assert value("news2", vitals(acvpu=observation("c", "67775-7", sent))) == points


@pytest.mark.parametrize(
    "sent",
    [
        {"valueCodeableConcept": {"text": "alert, but drowsy"}},
        {"valueCodeableConcept": {"coding": [{"system": "https://local.example", "code": "A"}]}},
        {
            "valueCodeableConcept": {
                "coding": [*ALERT["valueCodeableConcept"]["coding"], {"system": LOINC, "code": "LA9343-0"}]
            }
        },
    ],
)
def test_other_words_about_consciousness_are_refused(sent: dict[str, Any]) -> None:
    assert reasons("news2", vitals(acvpu=observation("c", "80288-4", sent)))["consciousness"]


def test_half_a_blood_pressure_is_enough_if_it_is_the_systolic_half() -> None:
    panel = pressure("bp", "101")
    absent = {"dataAbsentReason": {"coding": [{"code": "error"}]}}
    systolic, diastolic = panel["component"]
    only = {**panel, "component": [systolic, {"code": diastolic["code"], **absent}]}
    assert value("news2", vitals(bp=only)) == 6
    lost = {**panel, "component": [{"code": systolic["code"], **absent}, diastolic]}
    assert reasons("news2", vitals(bp=lost))["systolic"] == "the value is absent (error)"
    single = observation("sbp", "8480-6", quantity("13.4656", "kPa"))
    assert value("news2", vitals(bp=single)) == 6


# --- the person


@pytest.mark.parametrize("gender", ["other", "unknown", None])
def test_sex_specific_equations_need_male_or_female(gender: str | None) -> None:
    assert reasons("ckd-epi-2021", [creatinine()], patient(gender=gender))["sex"]
    assert value("news2", vitals(), patient(gender=gender)) == 6


@pytest.mark.parametrize(
    ("birth", "scored"),
    [("2010-11-22", True), ("2010-11-23", False), ("2010-11", False), ("2010", False), ("2009", True), (None, False)],
)
def test_age_is_counted_in_completed_years_and_never_assumed(birth: str | None, scored: bool) -> None:
    """NEWS2 begins at 16; the index day is 2026-11-22."""
    assert (outcome("news2", vitals(), patient(birthDate=birth)).assessment is not None) is scored


@pytest.mark.parametrize(
    ("birth", "scored"), [("1950-05-02", True), ("1950-05", True), ("1950-11", False), ("1950", False)]
)
def test_a_birth_date_too_imprecise_to_know_the_result_is_refused(birth: str, scored: bool) -> None:
    found = outcome("ckd-epi-2021", [creatinine()], patient(birthDate=birth))
    assert (found.assessment is not None) is scored
    assert scored or "not precise enough" in found.missing[0].text


def test_a_leap_day_birthday_is_completed_in_march() -> None:
    who = patient(birthDate="2008-02-29")
    assert reasons("ckd-epi-2021", [creatinine(when="2026-02-28")], who)["age"]
    assert value("ckd-epi-2021", [creatinine(when="2026-03-01")], who)


@pytest.mark.parametrize(
    "changed",
    [
        {"deceasedBoolean": True},
        {"deceasedDateTime": "2026-11-21"},
        {"link": [{"type": "replaced-by", "other": {"reference": "Patient/p2"}}]},
    ],
)
def test_the_dead_and_the_replaced_are_not_scored(changed: dict[str, Any]) -> None:
    assert list(reasons("news2", vitals(), patient(**changed))) == ["patient"]
    assert value("news2", vitals(), patient(deceasedBoolean=False)) == 6


def test_a_patient_who_is_too_young_is_told_so_before_any_input_is_missed() -> None:
    weight = [observation("w", "29463-7", quantity("30", "kg"))]
    young = reasons("bmi", weight, patient(birthDate="2015-01-01"))
    assert young == {"age": "children and adolescents need growth charts"}
    assert list(reasons("bmi", weight)) == ["height"]


def test_what_does_not_hold_in_pregnancy_is_not_computed_then() -> None:
    pregnant = {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "77386006"}]}}
    known = observation("preg", "82810-3", pregnant, "2026-08-01")
    assert reasons("news2", [*vitals(), known], patient(birthDate="1995-01-01"))["pregnancy"]
    long_ago = observation("preg", "82810-3", pregnant, "2025-08-01")
    assert value("news2", [*vitals(), long_ago], patient(birthDate="1995-01-01")) == 6


def test_fib4_is_not_computed_below_35() -> None:
    assert reasons("fib-4", liver(), patient(birthDate="1991-11-23"))["age"]
    assert value("fib-4", liver(), patient(birthDate="1991-11-22"))


# --- identity


def test_the_same_inputs_hash_alike_whatever_their_order_or_versions() -> None:
    observations = vitals()
    edited = [{**each, "meta": {"versionId": "9"}} for each in reversed(observations)]
    one, other = (outcome("news2", each).assessment for each in (observations, edited))
    assert one is not None
    assert other is not None
    assert one.inputs_hash == other.inputs_hash
    changed = outcome("news2", vitals(temp=observation("p1-temp", "8310-5", quantity("38.7", "Cel")))).assessment
    assert changed is not None
    assert changed.inputs_hash != one.inputs_hash


def test_the_index_time_is_the_newest_inputs() -> None:
    found = outcome("bmi", body()).assessment
    assert found is not None
    assert found.when == AT
