"""What is known of codes and references beyond lists: the form of a code, and where a reference leads."""

from typing import Any

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import validate

LOGICAL = {"identifier": {"system": "urn:x", "value": "1"}}


def attachment(**elements: Any) -> Resource:
    return {"resourceType": "Patient", "photo": [{"url": "x", **elements}]}


def said(resource: Resource) -> list[tuple[str, str, str]]:
    return [(issue.severity, issue.code, issue.expression) for issue in validate(resource)]


MIME = [
    "text/plain",
    "application/fhir+json; fhirVersion=4.0",
    "text/plain; charset=utf-8",
    "image/svg+xml",
    "x/y;a=b c",
]


@pytest.mark.parametrize("good", MIME)
@pytest.mark.parametrize("bad", ["pdf", "text/", "/plain", "text/plain/x", "text plain"])
def test_a_mime_type_has_its_form(good: str, bad: str) -> None:
    assert said(attachment(contentType=good)) == []
    assert said(attachment(contentType=bad)) == [("error", "code-invalid", "Patient.photo[0].contentType")]


@pytest.mark.parametrize(
    "good", ["en", "en-US", "zh-Hans-CN", "de-CH-1901", "es-419", "x-mine", "EN-us", "english", "sl-rozaj-biske"]
)
@pytest.mark.parametrize("bad", ["en_US", "e", "en-", "en-US-", "-", "12", "en--US"])
def test_a_language_is_a_tag_of_bcp_47(good: str, bad: str) -> None:
    assert said({"resourceType": "Patient", "language": good}) == []
    assert said({"resourceType": "Patient", "language": bad}) == [("error", "code-invalid", "Patient.language")]


def test_a_currency_is_three_letters() -> None:
    def basic(currency: str) -> Resource:
        extension = {"url": "x", "valueMoney": {"value": 1, "currency": currency}}
        return {"resourceType": "Basic", "code": {"text": "x"}, "extension": [extension]}

    assert said(basic("EUR")) == []
    assert said(basic("Euro")) == [("error", "code-invalid", "Basic.extension[0].value.ofType(Money).currency")]


def observation(**elements: Any) -> Resource:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **elements}


@pytest.mark.parametrize(
    "unit", ["mm[Hg]", "10*3/uL", "{score}", "%", "[pH]", "[degF]", "mL/min/{1.73_m2}", "dB", "[IU]/L", "[arb'U]",
             "{a|b~!}", "10*3{cells}/uL", "B[10.nV]", "[m/s2/Hz^(1/2)]"]
)  # fmt: skip
def test_a_unit_of_ucum_is_known(unit: str) -> None:
    assert said(observation(valueQuantity={"value": 1, "system": "http://unitsofmeasure.org", "code": unit})) == []


@pytest.mark.parametrize(
    "unit",
    [
        *("mmHg", "beats/minute", "bpm//min", "tbl", "rad2{錠}", "{é}", "{a b}", "10*3{\x7f}", "m٢", "10*３", "dB[錠]"),
        *("[iU'U]", "[arb'U]/錠"),
    ],
)
def test_a_claim_of_ucum_that_does_not_hold_is_a_warning(unit: str) -> None:
    quantity = {"value": 1, "system": "http://unitsofmeasure.org", "code": unit}
    path = "Observation.value.ofType(Quantity).code"
    found = said(observation(valueQuantity=quantity))
    assert found == [("warning", "code-invalid", path)]
    assert said(observation(valueQuantity={**quantity, "system": "http://example.org/units"})) == []


@pytest.mark.parametrize(
    ("subject", "path"),
    [
        ({"reference": "Patient/1", "type": "Patient"}, ""),
        ({"reference": "Patient/1", "type": "http://hl7.org/fhir/StructureDefinition/Patient"}, ""),
        ({"type": "Patient", **LOGICAL}, ""),
        ({"type": "http://example.org/Robot", **LOGICAL}, ""),
        ({"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "type": "Group"}, ""),
        ({"reference": "Patient/1", "type": "Group"}, "Observation.subject.type"),
        ({"type": "Medication", **LOGICAL}, "Observation.subject"),
        ({"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "type": "Medication"}, "Observation.subject"),
    ],
)
def test_the_type_of_a_reference_agrees_with_it_and_with_the_element(subject: Any, path: str) -> None:
    assert [expression for _, _, expression in said(observation(subject=subject))] == ([path] if path else [])


@pytest.mark.parametrize(("type_", "sound"), [("Patient", True), ("Organization", False)])
def test_a_contained_resource_has_a_type_the_reference_may_point_to(type_: str, sound: bool) -> None:
    inner = {"resourceType": type_, "id": "c", "name": [{"text": "x"}] if type_ == "Patient" else "x"}
    found = said(observation(contained=[inner], subject={"reference": "#c"}))
    assert found == ([] if sound else [("error", "structure", "Observation.subject")])
