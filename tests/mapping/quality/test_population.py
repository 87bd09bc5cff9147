"""The limits of adults judge nobody of whom the resource itself says that they are not meant."""

from typing import Any

import pytest

from gateway.mapping.quality.population import excluded
from tests.mapping.quality.support import concept, observation, quantity, read


def of_patient(birth_date: str | None, when: dict[str, Any], **patient: Any) -> dict[str, Any]:
    contained = {"resourceType": "Patient", "id": "p", **patient}
    if birth_date is not None:
        contained["birthDate"] = birth_date
    return {"contained": [contained], "subject": {"reference": "#p"}, **when}


def on(day: str) -> dict[str, Any]:
    return {"effectiveDateTime": day}


@pytest.mark.parametrize(
    ("birth_date", "when", "minor"),
    [
        ("2020-05-17", on("2026-05-17"), True),
        ("2008-05-18", on("2026-05-17"), True),
        ("2008-05-18", on("2026-05-17T23:59:59Z"), True),
        ("2008-05-18", on("2026-05-18"), False),  # the birthday
        ("2008-02-29", on("2026-02-28"), True),
        ("2008-02-29", on("2026-03-01"), False),
        ("1950-01-01", on("2026-05-17"), False),
        ("1950-01-01", on("1960-05-17"), True),  # a child then
        ("2008", on("2026-05-17"), False),  # may be 17, may be 18
        ("2009", on("2026-05-17"), True),
        ("2009-03", on("2026"), True),
        ("2008-03", on("2026"), False),
        ("2020-05-17", {"effectivePeriod": {"start": "2026-01-01", "end": "2026-01-02"}}, True),
        ("2020-05-17", {"issued": "2026-01-01T10:00:00Z"}, True),
        ("2020-05-17", {}, False),  # when?
        (None, on("2026-05-17"), False),
        ("soon", on("2026-05-17"), False),
        ("2020-02-30", on("2026-05-17"), False),
        ("2020-05-17", on("never"), False),
        ("9999", on("2026"), False),
    ],
)
def test_a_contained_patient_is_a_minor_only_for_certain(birth_date: str, when: dict[str, Any], minor: bool) -> None:
    assert excluded(of_patient(birth_date, when)) is minor


@pytest.mark.parametrize(
    ("about", "other"),
    [
        ({"subject": {"reference": "Patient/1"}}, False),
        ({"subject": {"reference": "https://example.org/fhir/Patient/1/_history/2"}}, False),
        ({"subject": {"display": "Ann"}}, False),
        ({}, False),
        ({"subject": {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}}, False),
        ({"subject": {"reference": "Patient/1"}, "focus": [{"display": "fetus"}]}, True),
        ({"subject": {"reference": "Device/ventilator"}}, True),
        ({"subject": {"reference": "https://example.org/fhir/Location/ward"}}, True),
        ({"subject": {"reference": "Group/herd"}}, True),
        ({"subject": {"type": "Device", "identifier": {"value": "7"}}}, True),
        ({"subject": {"reference": "#d"}, "contained": [{"resourceType": "Device", "id": "d"}]}, True),
        ({"subject": {"reference": "#gone"}, "contained": [{"resourceType": "Device", "id": "d"}]}, False),
        ({"subject": ["Device/1"], "contained": {"id": 1}}, False),
    ],
)
def test_a_value_may_be_about_no_patient(about: dict[str, Any], other: bool) -> None:
    assert excluded(about) is other


def test_an_animal_is_no_adult() -> None:
    animal = {"url": "http://hl7.org/fhir/StructureDefinition/patient-animal"}
    assert excluded(of_patient("2001-01-01", on("2026-01-01"), extension=[animal]))


CHILD = of_patient("2025-12-01", on("2026-01-01"))


def label(node: dict[str, Any]) -> Any:
    return read("label", node)[0]


def test_a_newborn_has_no_label_by_the_limits_of_adults() -> None:
    """A pulse of 140 is normal for a newborn and critical for an adult."""
    pulse = observation("8867-4", "140", "/min")
    assert label(pulse)["level"] == "critical-high"
    assert label({**pulse, **CHILD}) is None
    assert label({**observation("2345-7", "30", "mg/dL"), **CHILD}) is None
    assert label({**pulse, "focus": [{"display": "fetus"}]}) is None
    assert label(pulse)["level"] == "critical-high"  # what was kept of one does not judge the other


def test_what_the_sender_says_of_a_newborn_stands_alone() -> None:
    node = {**observation("8867-4", "170", "/min"), **CHILD}
    ranges = [{"low": quantity("100", "/min"), "high": quantity("130", "/min")}]
    assert label({**node, "referenceRange": ranges})["level"] == "high"
    adult = label({**observation("8867-4", "170", "/min"), "referenceRange": ranges})
    assert (adult["level"], adult["for"]) == ("critical-high", "adults")
    said = [concept("H", system="http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation")]
    assert label({**node, "interpretation": said}) == {"level": "high", "by": "interpretation"}
