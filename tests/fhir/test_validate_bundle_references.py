"""References between the entries of a Bundle, judged by what they resolve to."""

from typing import Any

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import validate
from gateway.fhir.validate.bundle_references import tells_wrong_type

P, Q = "urn:uuid:00000000-0000-4000-8000-0000000000a1", "urn:uuid:00000000-0000-4000-8000-0000000000a2"
OID = "urn:oid:1.2.3.4"
SERVER = "http://else.example/fhir"


def observation(reference: str | dict[str, Any], **elements: Any) -> Resource:
    subject = {"reference": reference} if isinstance(reference, str) else reference
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": subject, **elements}


def bundle(*entries: tuple[str, Resource], type_: str = "collection") -> Resource:
    listed = [{"fullUrl": url, "resource": resource} for url, resource in entries]
    return {"resourceType": "Bundle", "type": type_, "entry": listed}


def said(resource: Resource) -> list[tuple[str, str]]:
    return [(issue.code, issue.expression) for issue in validate(resource) if issue.severity == "error"]


PRACTITIONER = {"resourceType": "Practitioner"}


@pytest.mark.parametrize(
    ("own", "full_url", "reference"),
    [
        (P, Q, Q),
        (P, OID, OID),
        (P, "http://else.example/anything", "http://else.example/anything"),
        (P, "resource:0", "resource:0"),
        (P, Q, f"{Q}/_history/3"),
    ],
)
def test_a_wrong_type_is_told_at_the_reference(own: str, full_url: str, reference: str) -> None:
    wrong = bundle((own, observation(reference)), (full_url, PRACTITIONER))
    assert said(wrong) == [("structure", "Bundle.entry[0].resource.subject")]
    assert said(bundle((own, observation(reference)), (full_url, {"resourceType": "Patient"}))) == []


def test_relative_references_are_below_the_root_of_their_own_full_url() -> None:
    odd = {**PRACTITIONER, "id": "1"}  # its fullUrl says Patient, which is a fault of its own
    entries = (f"{SERVER}/Observation/o", observation("Patient/1", id="o")), (f"{SERVER}/Patient/1", odd)
    assert said(bundle(*entries)) == [
        ("invariant", "Bundle.entry[1].fullUrl"),
        ("structure", "Bundle.entry[0].resource.subject"),
    ]
    assert said(bundle((P, observation("Patient/1")), entries[1])) == [("invariant", "Bundle.entry[1].fullUrl")]


def test_it_is_found_wherever_references_are() -> None:
    extension = {"url": "http://a.example/x", "valueReference": {"reference": Q, "type": "Patient"}}
    inner = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "planned",
        "class": {"code": "AMB"},
        "subject": {"reference": Q},
    }
    holder = observation(
        P,
        performer=[{"reference": Q}, {"reference": f"{Q}#d"}],
        contained=[inner],
        encounter={"reference": "#e"},
        _status={"extension": [extension]},
    )
    device = {"resourceType": "Device", "id": "d"}
    author = {
        **PRACTITIONER,
        "contained": [device],
        "qualification": [{"code": {"text": "x"}, "issuer": {"reference": "#d"}}],
    }
    found = said(bundle((P, {"resourceType": "Patient"}), (Q, author), ("urn:uuid:x", holder)))
    place = "Bundle.entry[2].resource"
    assert ("structure", f"{place}.contained[0].subject") in found
    assert ("structure", f"{place}.performer[1]") in found
    assert ("value", f"{place}.status.extension[0].value.ofType(Reference).type") in found
    assert not any(path.startswith(f"{place}.performer[0]") for _, path in found)


def test_what_no_entry_has_is_not_judged() -> None:
    assert said(bundle((P, observation(Q)))) == []
    assert said(observation(Q)) == []


def test_a_search_tells_the_type_that_it_finds() -> None:
    wrong = observation("Practitioner?identifier=http://a.example|1")
    assert said(wrong) == [("structure", "Observation.subject")]
    assert said(bundle((P, wrong))) == [("structure", "Bundle.entry[0].resource.subject")]
    named = observation("x")
    named["subject"] = {"reference": "Patient?identifier=1", "type": "Group"}
    assert said(named) == [("value", "Observation.subject.type")]
    assert said(observation("Patient?identifier=1")) == []


def test_a_bundle_in_a_bundle_resolves_its_own() -> None:
    inner = bundle((P, observation(Q)), (Q, PRACTITIONER))
    assert said(bundle((Q, {"resourceType": "Patient"}), ("urn:uuid:b", inner))) == [
        ("structure", "Bundle.entry[1].resource.entry[0].resource.subject")
    ]


def test_a_flood_of_references_is_no_fault() -> None:
    many = [(f"urn:uuid:{number}", observation(P)) for number in range(2_500)]
    assert said(bundle((P, {"resourceType": "Patient"}), *many)) == []


@pytest.mark.parametrize(
    "odd",
    [
        {"resourceType": "Bundle", "entry": 1},
        {"resourceType": "Bundle", "entry": [1, {"fullUrl": 1, "resource": []}, {"fullUrl": "a", "resource": {}}]},
        bundle(
            (P, {"resourceType": 7, "subject": {"reference": P}}), (Q, {"resourceType": "Observation", "subject": 1})
        ),
        bundle((P, observation({"reference": 7})), (Q, {"contained": 1}), ("7", {"resourceType": "Patient"})),
    ],
)
def test_odd_shapes_do_no_harm(odd: Any) -> None:
    assert validate(odd)


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/1",
        "Practitioner/1",
        "urn:uuid:x",
        "#contained",
        "Practitioner?identifier=1",
        {"reference": "Patient/1", "type": "Patient"},
        {"reference": "Patient/1", "type": "Group"},
        {"reference": "Patient/1", "type": "http://hl7.org/fhir/StructureDefinition/Patient"},
        {"reference": "http://else.example/fhir/Medication/1/_history/2"},
        {"display": "only"},
        {"reference": 7},
    ],
)
def test_the_quick_look_at_types_doubts_all_that_validation_refuses_for_its_type(reference: Any) -> None:
    resource = observation(reference)
    refused = [issue for issue in validate(resource) if issue.severity == "error" and "reference to" in issue.text]
    assert tells_wrong_type(resource) or not refused
    nested = observation("Patient/1", component=[{"code": {"text": "x"}}], performer=[resource["subject"]])
    refused = [issue for issue in validate(nested) if issue.severity == "error" and "reference to" in issue.text]
    assert tells_wrong_type(nested) or not refused


def test_the_quick_look_passes_what_is_right() -> None:
    assert not tells_wrong_type(observation({"reference": "Patient/1", "type": "Patient"}))
    assert tells_wrong_type(observation("Medication/1"))
