"""The synthetic hospital: the same every time, valid, complete enough to be scored and messy enough to be real."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from gateway.demo.hospital import NOW, bundles
from gateway.fhir import dates, fhir_json
from gateway.fhir.validate import validate


@cache
def sent(site: str = "northgate") -> tuple[bytes, ...]:
    return tuple(fhir_json.dump(bundle) for bundle in bundles(7, 30, 2500, site))


def resources(type_: str, site: str = "northgate") -> Iterator[dict[str, Any]]:
    for body in sent(site):
        yield from (e["resource"] for e in fhir_json.parse(body)["entry"] if e["resource"]["resourceType"] == type_)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others() -> None:
    assert tuple(fhir_json.dump(bundle) for bundle in bundles(7, 30, 2500, "northgate")) == sent()
    assert next(bundles(8, 30, 2500, "northgate")) != next(bundles(7, 30, 2500, "northgate"))


def test_every_bundle_is_a_valid_transaction_of_about_a_hundred_entries() -> None:
    for body in sent():
        bundle = fhir_json.parse(body)
        assert [issue for issue in validate(bundle) if issue.severity != "information"] == []
        assert bundle["type"] == "transaction"
        assert len(bundle["entry"]) <= 100


def test_exactly_the_asked_for_observations_come_each_under_its_own_id() -> None:
    ids = [observation["id"] for observation in resources("Observation")]
    assert len(ids) == len(set(ids)) == 2500


@pytest.mark.parametrize(("patients", "observations"), [(1, 1), (3, 20), (5, 0), (2, 400)])
def test_small_and_dense_hospitals_work_too(patients: int, observations: int) -> None:
    entries = [e for bundle in bundles(1, patients, observations, "hut") for e in bundle["entry"]]
    types = Counter(entry["resource"]["resourceType"] for entry in entries)
    assert types["Observation"] == observations
    assert len({e["fullUrl"] for e in entries if e["resource"]["resourceType"] == "Patient"}) == patients


def test_sites_share_no_ids_and_no_identifiers() -> None:
    both = [*resources("Observation"), *resources("Observation", "lakeside")]
    assert len({observation["id"] for observation in both}) == 5000
    systems = {p["identifier"][0]["system"] for p in (*resources("Patient"), *resources("Patient", "lakeside"))}
    assert len(systems) == 2


def test_each_bundle_stands_alone() -> None:
    for body in sent():
        entries = fhir_json.parse(body)["entry"]
        known = {entry["fullUrl"] for entry in entries}
        for entry in entries:
            resource = entry["resource"]
            refers = [resource[key]["reference"] for key in ("subject", "encounter") if key in resource]
            assert known.issuperset(refers)
            if resource["resourceType"] in ("Patient", "Encounter"):
                assert entry["request"]["ifNoneExist"].startswith("identifier=https://northgate.example/")


def test_names_come_in_many_scripts_and_birth_dates_in_every_precision() -> None:
    people = [*resources("Patient"), *resources("Patient", "lakeside")]
    letters = {ord(letter) >> 8 for person in people for letter in person["name"][0]["family"]}
    assert len(letters) >= 6
    assert {len(person.get("birthDate", "")) for person in people} >= {4, 7, 10}


def test_nothing_happens_after_now_and_all_within_two_years() -> None:
    times = [dates.parse_instant(observation["effectiveDateTime"]) for observation in resources("Observation")]
    assert max(times) <= NOW
    assert NOW - timedelta(hours=12) < max(times)
    assert NOW - timedelta(days=3 * 365) < min(times) < NOW - timedelta(days=365)


def test_the_mess_of_real_senders_is_there() -> None:
    found = Counter[str]()
    for observation in resources("Observation"):
        quantity = observation.get("valueQuantity", {})
        found["text"] += "valueString" in observation
        found["absent"] += "dataAbsentReason" in observation
        found["no code"] += bool(quantity) and "code" not in quantity
        found["half"] += any("dataAbsentReason" in half for half in observation.get("component", ()))
        found["local first"] += observation["code"]["coding"][0]["system"] != "http://loinc.org"
        found["unit differs"] += quantity.get("unit") != quantity.get("code")
        found["Fahrenheit"] += quantity.get("code") == "[degF]"
        found["not final"] += observation["status"] not in ("final", "amended", "corrected")
    assert min(found.values()) > 0
    assert found["text"] + found["absent"] + found["no code"] < 250
