"""What a resource can be found by."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Malformed
from gateway.fhir import dates, fhir_json, r4
from gateway.search.indexing.index import index
from gateway.search.notation.eras import NO_DATE

VITAL = {
    "resourceType": "Observation",
    "id": "o",
    "meta": {"profile": ["http://hl7.org/fhir/StructureDefinition/vitalsigns"]},
    "status": "final",
    "category": [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
    ],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "Heart rate"},
    "subject": {"reference": "Patient/1"},
    "encounter": {"reference": "Encounter/2"},
    "effectiveDateTime": "2024-01-01T00:00:00Z",
    "valueQuantity": {"value": Decimal("72.0"), "unit": "bpm", "system": "http://unitsofmeasure.org", "code": "/min"},
}


def tokens(type: str, **content: Any) -> list[str]:  # noqa: A002
    return index({"resourceType": type, **content})["k"]


def test_a_vital_sign_needs_few_entries() -> None:
    fields = index(VITAL)
    assert fields["k"] == [
        "_profile|http://hl7.org/fhir/StructureDefinition/vitalsigns",
        "status|final|",
        "category|vital-signs|http://terminology.hl7.org/CodeSystem/observation-category",
        "code|8867-4|http://loinc.org",
        "subject|Patient/1",
        "encounter|Encounter/2",
    ]
    start = 1_704_067_200_000_000
    assert fields["d"] == [{"p": "date", "lo": start, "hi": start + 999_999}]
    assert fields["at"] == start
    assert [(entry["p"], entry["lo"]) for entry in fields["q"]] == [
        ("value-quantity", 72.0),
        ("value-quantity|s-1", 1.2),
    ]


def test_a_resource_without_its_main_date_comes_last_in_time() -> None:
    assert index({"resourceType": "Patient"})["at"] == NO_DATE


def test_every_part_of_a_name_and_an_address_is_indexed() -> None:
    name = {"family": "Müller", "given": ["Anna", "Lena"], "prefix": ["Dr."], "text": "Anna Müller"}
    found = tokens("Patient", name=[name], address=[{"line": ["Am  Weg 1"], "city": "Köln", "postalCode": "50667"}])
    assert {
        "name|muller|Müller",
        "name|anna|Anna",
        "name|lena|Lena",
        "name|dr|Dr.",
        "name|anna muller|Anna Müller",
    } <= {*found}
    assert {"address|am weg 1|Am  Weg 1", "address-city|koln|Köln", "family|muller|Müller"} <= {*found}


def test_a_value_cannot_pose_as_another() -> None:
    code = {"coding": [{"code": "a|http://loinc.org"}]}
    assert tokens("Observation", code=code) == ["code|a\x1fhttp://loinc.org|"]
    assert "name|a\x1fb|a|b" in tokens("Patient", name=[{"family": "a|b"}])  # the last part is as written


def test_a_value_that_holds_nothing_to_search_for_is_still_there() -> None:
    assert tokens("Observation", code={"text": "headache"}) == ["code|"]
    assert tokens("Observation", subject={"display": "John"}) == ["subject|"]
    assert tokens("Observation", subject={"reference": "#p"}, contained=[{"resourceType": "Patient", "id": "p"}]) == [
        "subject|"
    ]


def test_identifiers_are_trimmed_for_matching() -> None:
    assert "identifier|Z6127|urn:x" in tokens("Patient", identifier=[{"system": "urn:x", "value": "     Z6127"}])


@pytest.mark.parametrize("value", [10**400, Decimal("1e400"), Decimal("-1e-400"), 0])
def test_numbers_beyond_a_double_do_not_stop_the_indexing(value: Any) -> None:
    quantity = {"value": value, "system": "http://unitsofmeasure.org", "code": "mg"}
    assert len(index({"resourceType": "Observation", "valueQuantity": quantity})["q"]) == 2


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ({"reference": "Patient/1"}, ["subject|Patient/1"]),
        ({"reference": "Patient/1/_history/2"}, ["subject|Patient/1/_history/2", "subject|Patient/1"]),
        ({"reference": "https://other/fhir/Patient/1"}, ["subject|https://other/fhir/Patient/1"]),
        ({"identifier": {"system": "urn:x", "value": "1"}}, ["subject:identifier|1|urn:x", "subject:logical|"]),
        (
            {"identifier": {"value": "1"}, "type": "Patient"},
            ["subject:identifier|1|", "subject:logical|Patient"],
        ),
        ({"identifier": {"value": "1"}, "type": "urn:planet"}, ["subject:identifier|1|"]),
        ({"identifier": {"value": "1"}, "reference": "Group/1"}, ["subject|Group/1", "subject:identifier|1|"]),
    ],
)
def test_references_are_stored_as_sent_and_without_their_version(subject: Any, expected: list[str]) -> None:
    assert tokens("Observation", subject=subject) == expected


def test_a_reference_is_told_apart_by_the_type_it_names() -> None:
    """`patient` of types where it is not `subject`: resolve() looks at the text, never at the database."""
    found = index(
        {
            "resourceType": "AuditEvent",
            "agent": [{"who": {"reference": "Patient/1"}}, {"who": {"reference": "Device/2"}}],
        }
    )
    assert "patient|Patient/1" in found["k"]
    assert "patient|Device/2" not in found["k"]


@pytest.mark.parametrize(
    ("period", "lo", "hi"),
    [
        ({"start": "2020"}, 1_577_836_800_000_000, 2**63 - 1),
        ({"end": "2020"}, -(2**63), 1_609_459_199_999_999),
    ],
)
def test_a_period_with_an_open_end_is_endless(period: Any, lo: int, hi: int) -> None:
    assert index({"resourceType": "Encounter", "period": period})["d"] == [{"p": "date", "lo": lo, "hi": hi}]


def test_of_a_timing_only_the_outer_limits_matter() -> None:
    events = {"event": ["2020-02-01", "2020-01-01"], "repeat": {"frequency": 3}}
    (entry,) = index({"resourceType": "ServiceRequest", "occurrenceTiming": events})["d"]
    assert (entry["lo"], entry["hi"]) == (dates.period("2020-01-01")[0], dates.period("2020-02-01")[1])
    bounds = {"repeat": {"boundsPeriod": {"start": "2020"}}}
    (entry,) = index({"resourceType": "ServiceRequest", "occurrenceTiming": bounds})["d"]
    assert (entry["lo"], entry["hi"]) == (dates.period("2020")[0], 2**63 - 1)
    assert not index({"resourceType": "ServiceRequest", "occurrenceTiming": {"repeat": {"frequency": 3}}})["d"]


def test_a_comparator_opens_the_range_of_a_quantity() -> None:
    quantity = {"value": Decimal(5), "comparator": "<", "unit": "mg"}
    (entry,) = index({"resourceType": "Observation", "valueQuantity": quantity})["q"]
    assert (entry["lo"], entry["hi"]) == (float("-inf"), 5.0)


def test_a_bare_value_is_indexed_without_a_unit() -> None:
    assert index({"resourceType": "Observation", "valueQuantity": {"value": 7}})["q"] == [
        {"p": "value-quantity", "lo": 7.0, "hi": 7.0}
    ]


@pytest.mark.parametrize("type_", sorted(r4.resource_types()))
def test_every_parameter_of_every_type_can_be_evaluated(type_: str) -> None:
    assert set(index({"resourceType": type_, "id": "x"})) == {"k", "d", "q", "at"}


def test_real_payloads_are_indexed_without_complaint(shared: Path) -> None:
    count = 0
    for file in sorted((shared / "corpus").glob("*/*.json"))[::7]:
        try:
            resource = fhir_json.parse(file.read_bytes())
        except Malformed:
            continue
        if resource.get("resourceType") in r4.resource_types():
            index(resource)
            count += 1
    assert count > 50


def test_indexing_takes_as_long_as_the_resource_is() -> None:
    """2,000 components compared with each other would take seconds."""
    component = {"code": {"coding": [{"code": "a"}]}, "valueQuantity": {"value": 1, "code": "mg", "unit": "mg"}}
    many = {"resourceType": "Observation", "component": [component] * 2000}
    index(VITAL)
    start = time.process_time()
    assert len(index(many)["q"]) == 2000
    assert time.process_time() - start < 1


def test_indexing_a_vital_sign_is_fast() -> None:
    """The aim is 60 µs; the bound leaves room for a busy machine, not for a mistake in the algorithm."""
    index(VITAL)
    best = 1.0
    for _ in range(20):
        start = time.process_time()
        for _ in range(50):
            index(VITAL)
        best = min(best, (time.process_time() - start) / 50)
    assert best < 250e-6


def test_a_plan_told_in_words_has_no_date() -> None:
    """CarePlan's activity-date is about `scheduled[x]`, which may be a string."""
    detail = {"status": "completed", "scheduledString": "2011-06-27"}
    fields = index({"resourceType": "CarePlan", "activity": [{"detail": detail}]})
    assert fields["d"] == [] and "activity-date|" in fields["k"]
    detail = {"status": "completed", "scheduledPeriod": {"start": "2011-06-27"}}
    assert len(index({"resourceType": "CarePlan", "activity": [{"detail": detail}]})["d"]) == 1
