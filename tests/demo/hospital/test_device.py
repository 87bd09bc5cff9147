"""The device that knows no LOINC."""

from gateway.codes.sightings import from_resource
from gateway.demo.hospital import NOW, bundles
from gateway.demo.hospital.device import CODES, SYSTEM, device_bundle
from gateway.fhir.validate import validate


def test_every_patient_has_one_result_of_each_code_and_none_has_loinc() -> None:
    entries = device_bundle("northgate", 2, NOW)["entry"]
    assert len(entries) == 2 * len(CODES) == 12
    for entry in entries:
        assert [issue for issue in validate(entry["resource"]) if issue.severity == "error"] == []
        assert [coding["system"] for coding in entry["resource"]["code"]["coding"]] == [SYSTEM]
        assert entry["request"] == {"method": "PUT", "url": f"Observation/{entry['resource']['id']}"}
    assert len({entry["resource"]["id"] for entry in entries}) == 12


def test_values_lie_in_the_range_of_their_code() -> None:
    for entry in device_bundle("northgate", 5, NOW)["entry"]:
        quantity = entry["resource"]["valueQuantity"]
        (code,) = [code for code in CODES if code.code == entry["resource"]["code"]["coding"][0]["code"]]
        assert code.low <= quantity["value"] <= code.high and quantity["unit"] == code.unit


def test_its_patients_are_those_of_the_hospital() -> None:
    identifiers = {
        f"Patient?identifier={identifier['system']}|{identifier['value']}"
        for bundle in bundles(1, 3, 30, "northgate")
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "Patient"
        for identifier in entry["resource"]["identifier"][:1]
    }
    subjects = {entry["resource"]["subject"]["reference"] for entry in device_bundle("northgate", 3, NOW)["entry"]}
    assert subjects == identifiers


def test_at_most_five_patients_carry_it_and_the_same_call_gives_the_same_bundle() -> None:
    assert len(device_bundle("northgate", 200, NOW)["entry"]) == 5 * len(CODES)
    assert device_bundle("northgate", 200, NOW) == device_bundle("northgate", 5, NOW)


def test_its_results_are_local_codes_for_the_review_queue() -> None:
    (sighting,) = from_resource(device_bundle("northgate", 1, NOW)["entry"][0]["resource"])
    assert sighting.unit == "mmol/L"
