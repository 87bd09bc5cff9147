"""Keys that find the same observation again, and no other."""

from typing import Any

import pytest

from tests.mapping.quality.support import concept, observation, quantity, read

SUBJECT = {"reference": "Patient/1"}
ONE = observation("2160-0", "1.10", "mg/dL", subject=SUBJECT, effectiveDateTime="2026-01-01T10:00:00+01:00")


def keys(**changes: Any) -> Any:
    return read("fingerprint", {**ONE, **changes})[0]


def test_the_same_observation_has_the_same_keys() -> None:
    again = {"id": "other", "status": "amended", "performer": [{"display": "lab 2"}], "note": [{"text": "x"}]}
    same = {"effectiveDateTime": "2026-01-01T09:00:00Z", "valueQuantity": quantity("1.1", "mg/dL", unit="mg per dl")}
    shown = {"code": {"coding": [{"system": "http://loinc.org", "code": "2160-0", "display": "Crea"}], "text": "Crea"}}
    assert keys() == keys(**again) == keys(**same) == keys(**shown)


def test_told_by_another_system_it_is_near() -> None:
    told = keys(
        code={"coding": [*concept("CREA", system="urn:lab")["coding"], *concept("2160-0")["coding"]]},
        valueQuantity=quantity("97.24", "umol/L"),
        effectiveDateTime="2026-01-01T09:00:41Z",
    )
    assert told["near"] == keys()["near"] and told["exact"] != keys()["exact"]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": {"reference": "Patient/2"}},
        {"effectiveDateTime": "2026-01-01T10:01:00+01:00"},
        {"valueQuantity": quantity("1.11", "mg/dL")},
        {"valueQuantity": quantity("1.10", "mg/dL") | {"comparator": "<"}},
        {"code": concept("2161-8")},
    ],
)
def test_another_observation_has_other_keys(change: dict[str, Any]) -> None:
    assert keys(**change)["exact"] != keys()["exact"] and keys(**change)["near"] != keys()["near"]


def test_the_parts_of_a_blood_pressure_count_in_any_order() -> None:
    parts = [observation("8480-6", "120", "mm[Hg]"), observation("8462-4", "80", "mm[Hg]")]
    panel = {"code": concept("85354-9"), "subject": SUBJECT, "effectiveDateTime": "2026-01-01T10:00:00Z"}

    def of(*components: Any) -> Any:
        return read("fingerprint", {**panel, "component": list(components)})[0]

    assert of(*parts) == of(*reversed(parts))
    assert of(*parts) != of(parts[0], observation("8462-4", "81", "mm[Hg]"))
    assert of({"code": concept("8480-6")}) is None


def test_answers_in_codes_and_words_have_keys_too() -> None:
    def of(**value: Any) -> Any:
        node = {key: raw for key, raw in ONE.items() if key != "valueQuantity"}
        return read("fingerprint", {**node, **value})[0]

    assert of(valueString="Not  Detected")["near"] == of(valueString="not detected")["near"]
    assert of(valueCodeableConcept=concept("LA6576-8"))["near"] != of(valueCodeableConcept=concept("LA6577-6"))["near"]
    assert of(valueBoolean=True) != of(valueBoolean=False)


@pytest.mark.parametrize("missing", ["subject", "effectiveDateTime", "valueQuantity"])
def test_without_subject_time_or_value_there_is_no_key(missing: str) -> None:
    assert read("fingerprint", {key: raw for key, raw in ONE.items() if key != missing})[0] is None


def test_a_subject_may_be_an_identifier_and_a_period_a_time() -> None:
    lone = keys(subject={"identifier": {"system": "urn:mrn", "value": " 7 "}})
    assert lone == keys(subject={"identifier": {"system": "urn:mrn", "value": "7"}}) and lone is not None
    during = {key: raw for key, raw in ONE.items() if key != "effectiveDateTime"}
    during["effectivePeriod"] = {"start": "2026-01-01", "end": "2026-01-02"}
    assert read("fingerprint", during)[0]["near"]
