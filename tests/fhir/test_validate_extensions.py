"""The extensions of R4 itself: value, parts, and place."""

from typing import Any

import pytest

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import validate
from gateway.fhir.validate.contexts import places

HL7 = "http://hl7.org/fhir/StructureDefinition/"


def extension(name: str, **elements: Any) -> dict[str, Any]:
    return {"url": HL7 + name, **elements}


def patient(*extensions: dict[str, Any], **elements: Any) -> Resource:
    return {"resourceType": "Patient", **({"extension": list(extensions)} if extensions else {}), **elements}


def parts(**values: Any) -> list[dict[str, Any]]:
    return [{"url": url, "valueCodeableConcept": {"text": text}} for url, text in values.items()]


ABSENT = {"extension": [extension("data-absent-reason", valueCode="unknown")]}
BIRTH_PLACE = extension("patient-birthPlace", valueAddress={"city": "x"})
HOUSE = extension("iso21090-ADXP-houseNumber", valueString="1")
HIDDEN = extension("questionnaire-hidden", valueBoolean=True)
QUESTION = {"linkId": "3", "type": "string", "extension": [HIDDEN]}


def group(link: str, item: dict[str, Any]) -> dict[str, Any]:
    return {"linkId": link, "type": "group", "item": [item]}


@pytest.mark.parametrize(
    "resource",
    [
        patient(BIRTH_PLACE),
        patient(_birthDate={"extension": [extension("patient-birthTime", valueDateTime="2020-01-01T10:00:00Z")]}),
        patient(name=[{"_family": {"extension": [extension("humanname-own-prefix", valueString="van")]}}]),
        patient(address=[{"line": ["x"], "_line": [{"extension": [HOUSE]}]}]),
        patient(_gender=ABSENT, name=[ABSENT]),
        patient(extension("patient-nationality", extension=parts(code="x"))),
        patient(extension("patient-nationality", extension=[*parts(code="x"), {"url": "more", "valueString": "x"}])),
        patient({"url": "http://example.org/unknown", "valueString": "x"}),
        patient(extension("patient-interpreterRequired", _valueBoolean=ABSENT)),
        {"resourceType": "Questionnaire", "status": "draft", "item": [group("1", group("2", QUESTION))]},
    ],
)  # fmt: skip
def test_an_extension_used_as_defined_is_fine_and_so_is_an_unknown_one(resource: Resource) -> None:
    assert validate(resource) == []


def said(resource: Resource) -> list[tuple[str, str, str]]:
    return [(issue.severity, issue.code, issue.expression) for issue in validate(resource)]


@pytest.mark.parametrize(
    ("wrong", "severity", "code", "path"),
    [
        (extension("patient-birthPlace", valueString="x"), "error", "extension", ".value.ofType(string)"),
        (extension("patient-birthPlace", extension=parts(code="x")), "error", "extension", ".extension"),
        (extension("patient-nationality", valueString="x"), "error", "extension", ".value.ofType(string)"),
        (extension("patient-nationality", extension=parts(code="x") * 2), "error", "extension", ".extension"),
        (
            extension("patient-nationality", extension=[{"url": "code", "valueCode": "x"}]),
            "error",
            "extension",
            ".extension[0].value.ofType(code)",
        ),
        (extension("data-absent-reason", valueCode="lost"), "error", "code-invalid", ".value.ofType(code)"),
        (extension("request-doNotPerform", valueBoolean=True), "error", "extension", ""),
        (extension("questionnaire-hidden", valueBoolean=True), "warning", "extension", ""),
    ],
)  # fmt: skip
def test_an_extension_against_its_definition_is_named(wrong: Any, severity: str, code: str, path: str) -> None:
    assert (severity, code, f"Patient.extension[0]{path}") in said(patient(wrong))


def test_a_part_that_is_required_is_missed() -> None:
    required = [(url, name) for url, one in r4.extensions().items() for name, part in one.parts.items() if part.min]
    for url, name in required:
        others = [{"url": "x", "valueString": "x"}]
        issues = validate(patient({"url": url, "extension": others}))
        assert any(issue.code == "required" and repr(name) in issue.text for issue in issues), url


def test_an_extension_out_of_place_in_a_contained_resource_or_an_entry_is_named_there() -> None:
    person = patient(_gender={"extension": [BIRTH_PLACE]}, id="p")
    holder = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": "#p"}}
    inside = "contained[0].gender.extension[0]"
    assert said(holder | {"contained": [person]}) == [("warning", "extension", f"Observation.{inside}")]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": holder | {"contained": [person]}}]}
    assert said(bundle) == [("warning", "extension", f"Bundle.entry[0].resource.{inside}")]


def test_an_extension_that_may_stand_once_is_counted_in_each_element() -> None:
    assert said(patient(BIRTH_PLACE, BIRTH_PLACE)) == [("warning", "extension", "Patient.extension[1]")]


def test_an_unknown_modifier_is_no_error_and_is_not_passed_over() -> None:
    modified = patient(modifierExtension=[{"url": "http://example.org/not", "valueBoolean": True}])
    assert said(modified) == [("warning", "extension", "Patient.modifierExtension[0]")]


def test_a_known_modifier_stands_among_the_modifiers() -> None:
    request = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"display": "x"}}
    modifiers = [extension("request-doNotPerform", valueBoolean=True)]
    assert [one for one in said(request | {"modifierExtension": modifiers}) if one[0] == "error"] == []


def test_a_place_has_the_names_of_its_path_and_of_its_types() -> None:
    assert places("Patient", ".contact[0].name.family") >= {
        "Patient.contact.name.family",
        "HumanName.family",
        "string",
        "Element",
        "DomainResource.contact.name.family",
    }
    assert places("Observation", ".value.ofType(Age)") >= {
        "Observation.value[x]",
        "Observation.valueAge",
        "Age",
        "Quantity",
    }
