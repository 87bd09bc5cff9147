"""One measurement as an Observation, in the ways that senders write it."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from gateway.demo.hospital.analytes import ANALYTES, Way
from gateway.demo.hospital.messy import ABSENT, codings, spoil
from gateway.demo.hospital.observations import _quantity, observation
from gateway.demo.hospital.schedule import Contact, Moment
from gateway.fhir.validate import validate
from tests.demo.hospital.make import ANN, NOW

AT = NOW - timedelta(hours=2)
QUIET = Moment(AT, Contact(0, AT, None, True), ())


def way(name: str, unit: str) -> Way:
    (found,) = [way for way in ANALYTES[name].ways if way.code == unit]
    return found


@pytest.mark.parametrize(
    ("name", "unit", "value", "sent"),
    [
        ("creatinine", "umol/L", 1.2, "106"),
        ("creatinine", "mg/dL", 1.234, "1.23"),
        ("temp", "[degF]", 37.0, "98.6"),
        ("height", "[in_i]", 180.0, "70.9"),
        ("height", "m", 180.0, "1.80"),
        ("weight", "[lb_av]", 70.0, "154.3"),
        ("weight", "g", 3.25, "3250.000"),
        ("haemoglobin", "g/L", 13.4, "134"),
        ("platelets", "/uL", 250.0, "250000"),
    ],
)
def test_a_value_is_converted_and_keeps_the_digits_of_its_unit(name: str, unit: str, value: float, sent: str) -> None:
    quantity = _quantity(value, way(name, unit))
    assert quantity["value"] == Decimal(sent) and str(quantity["value"]) == sent
    assert quantity["code"] == unit and quantity["system"] == "http://unitsofmeasure.org"


def drawn(name: str, moment: Moment = QUIET, count: int = 200) -> list[dict[str, Any]]:
    return [observation(Random(seed), ANN, moment, name, "urn:uuid:visit") for seed in range(count)]


def test_an_id_is_made_of_site_patient_time_and_measurement() -> None:
    made = drawn("pulse", count=1)[0]
    assert made["id"] == "north-n000007-2601101000-pulse"
    assert made["identifier"][0]["value"] == "N000007-2601101000-pulse"
    assert (made["subject"], made["encounter"]) == ({"reference": ANN.urn}, {"reference": "urn:uuid:visit"})


@pytest.mark.parametrize("name", [*sorted(ANALYTES.keys() - {"fio2", "flow"}), "bp", "oxygen", "acvpu"])
def test_every_measurement_makes_valid_observations(name: str) -> None:
    for made in drawn(name, count=12):
        assert [issue for issue in validate(made) if issue.severity == "error"] == []


def test_every_spelling_of_the_time_means_the_same_hour() -> None:
    times = {made["effectiveDateTime"] for made in drawn("pulse")}
    assert len(times) >= 3
    assert {datetime.fromisoformat(time) for time in times} == {AT}


def test_a_laboratory_result_outside_its_range_is_marked() -> None:
    for made in drawn("sodium"):
        if "valueQuantity" not in made or "interpretation" not in made:
            continue
        code = made["interpretation"][0]["coding"][0]["code"]
        value, bounds = made["valueQuantity"]["value"], made["referenceRange"][0]
        assert value <= bounds["low"]["value"] if code == "L" else value >= bounds["high"]["value"]


def test_a_blood_pressure_is_a_panel_with_two_halves() -> None:
    for made in drawn("bp", count=50):
        assert [part["code"]["coding"][0]["code"] for part in made["component"]] == ["8480-6", "8462-4"]
        assert sum("dataAbsentReason" in part for part in made["component"]) <= 1


def test_consciousness_follows_the_decline() -> None:
    def levels(severity: float) -> set[str]:
        moment = Moment(AT, QUIET.contact, (), severity)
        values = [made["valueCodeableConcept"] for made in drawn("acvpu", moment)]
        return {value["coding"][0]["display"] if "coding" in value else value["text"] for value in values}

    assert [levels(severity) for severity in (0.0, 0.75, 0.9, 1.0)] == [
        {"Alert"},
        {"Confused"},
        {"Verbal"},
        {"Painful"},
    ]


def test_room_air_is_said_and_more_oxygen_is_a_flow() -> None:
    moment = Moment(AT, QUIET.contact, (), 0.9)
    assert {made["code"]["text"] for made in drawn("oxygen", moment)} == {"Inhaled oxygen flow rate"}
    quiet = {
        (made["code"]["text"], made["valueQuantity"]["value"]) for made in drawn("oxygen") if "valueQuantity" in made
    }
    assert quiet == {("Inhaled oxygen concentration", 21), ("Inhaled oxygen flow rate", 0)}


def test_loinc_is_always_among_the_codings() -> None:
    for seed in range(200):
        made = codings(Random(seed), "2951-2", "Sodium", "NA")
        assert {"system": "http://loinc.org", "code": "2951-2", "display": "Sodium"} in made


def test_about_three_in_a_hundred_results_are_spoiled_and_no_value_appears_twice() -> None:
    whole = {"code": {}, "valueQuantity": {"value": Decimal(5), "unit": "mg/dl", "system": "u", "code": "mg/dL"}}
    results = [spoil(Random(seed), dict(whole)) for seed in range(2_000)]
    spoiled = [result for result in results if result != whole]
    assert 30 <= len(spoiled) <= 90
    for result in spoiled:
        assert len({"valueQuantity", "valueString", "dataAbsentReason"} & result.keys()) == 1
        if "valueString" in result:
            assert result["valueString"] == "5 mg/dl"
        if "dataAbsentReason" in result:
            assert result["dataAbsentReason"]["coding"][0]["system"] == ABSENT
        if "valueQuantity" in result:
            assert result["valueQuantity"] == {"value": Decimal(5), "unit": "mg/dl"}


def test_what_has_no_quantity_is_left_alone() -> None:
    panel: dict[str, Any] = {"code": {}, "component": []}
    assert all(spoil(Random(seed), dict(panel)) == panel for seed in range(50))
