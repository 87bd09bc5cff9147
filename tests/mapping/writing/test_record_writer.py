"""What a document does not show of a resource stays with what it was said of, whichever way the document is edited."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.mapping import Mappings
from gateway.mapping.proofs.laws import Proof, prove
from gateway.mapping.values.edits import plain


@cache
def mappings() -> Mappings:
    return Mappings.load(Path(__file__).parents[3] / "mappings")


def edited(resource: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """`resource` after its document was sent back without all that follows, and with these fields."""
    mapping = mappings().by_type[resource["resourceType"]]
    document = plain(mapping.get(resource).document)
    bare = {
        field.name: [field.lens.without_derived(item) for item in value]
        if field.many
        else field.lens.without_derived(value)
        for field in mapping.record.fields
        if not field.read_only and (value := document.get(field.name)) is not None
    }
    return mapping.put({**bare, **fields}, resource)


def document(resource: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = plain(mappings().by_type[resource["resourceType"]].get(resource).document)
    return found


def _said(of: str) -> list[dict[str, str]]:
    return [{"url": "urn:status", "valueCode": of}]


NUMBERS = [{"system": "urn:s", "use": "official", "value": one, "extension": _said(one)} for one in "abcd"]
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": NUMBERS,
    "name": [{"given": ["A", "B"], "_given": [{"id": "a"}, {"id": "b"}]}],
    "generalPractitioner": [
        {"id": "gp", "identifier": {"value": "7", "period": {"start": "1998-04-11"}}, "type": "Organization"}
    ],
}


ORDERS = [[3, 2, 1, 0], [1, 0, 3, 2], [3, 0, 1, 2], [2, 0], [1], [3, 1, 2]]


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("follows", [True, False])
def test_items_that_move_or_stay_take_along_what_was_said_of_them(order: list[int], follows: bool) -> None:
    shown = document(PATIENT)["identifiers"]
    if not follows:
        shown = [{name: part for name, part in one.items() if name != "match"} for one in shown]
    assert edited(PATIENT, identifiers=[shown[n] for n in order])["identifier"] == [NUMBERS[n] for n in order]


def test_primitives_that_move_take_along_what_stands_beside_them() -> None:
    name = edited(PATIENT, names=[{"given": ["B", "A"]}])["name"][0]
    assert name == {"given": ["B", "A"], "_given": [{"id": "b"}, {"id": "a"}]}
    items = {**PATIENT, "meta": {"profile": ["urn:a", "urn:b"], "_profile": [{"id": "a"}, {"id": "b"}]}}
    turned = edited(items, profiles=["urn:b", "urn:a"])["meta"]
    assert turned == {"profile": ["urn:b", "urn:a"], "_profile": [{"id": "b"}, {"id": "a"}]}


def test_leaving_out_what_follows_is_no_edit() -> None:
    assert edited(PATIENT) is PATIENT
    assert edited(PATIENT, sex="female") == {**PATIENT, "gender": "female"}


def test_another_period_makes_it_no_other_practitioner() -> None:
    [shown] = document(PATIENT)["general_practitioners"]
    changed = {"type": "Organization", "identifier": {"value": "7", "period": {"start_text": "1999"}}}
    assert changed["identifier"].keys() < shown["identifier"].keys()
    [practitioner] = edited(PATIENT, general_practitioners=[changed])["generalPractitioner"]
    assert practitioner["id"] == "gp" and practitioner["identifier"] == {"value": "7", "period": {"start": "1999"}}


def test_another_reference_keeps_the_order_of_members_and_takes_its_display_along() -> None:
    resource = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"type": "Patient", "id": "x", "display": "Ada", "reference": "Patient/p1"},
    }
    subject = edited(resource, subject={"reference": "Group/g1", "display": "Ada"})["subject"]
    assert [*subject.items()] == [("type", "Group"), ("reference", "Group/g1")]


def test_what_is_not_edited_may_be_of_any_shape() -> None:
    resource = {"resourceType": "DiagnosticReport", "id": "r1", "result": {"reference": "Observation/o1"}}
    assert edited(resource, conclusion="fine") == {**resource, "conclusion": "fine"}


def test_a_part_of_a_view_is_not_silently_dropped() -> None:
    resource = {"resourceType": "Condition", "id": "c1", "onsetDateTime": "2020-01-01"}
    shown = document(resource)
    with pytest.raises(Invalid) as refused:
        mappings().by_type["Condition"].put(
            {**shown, "onset": {**shown["onset"], "end": "2021-01-01T00:00:00Z"}}, resource
        )
    assert refused.value.issues[0].expression == "onset"


def test_a_required_element_of_extensions_alone_breaks_no_law() -> None:
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "patient": {"reference": "Patient/p1"},
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
            ]
        },
        "reaction": [{"manifestation": [{"extension": [absent]}], "description": "rash"}],
    }
    proof = Proof()
    prove(mappings().by_type["AllergyIntolerance"], allergy, "a1", proof)
    assert proof.violations == [] and proof.alone == 1


def refused(resource: dict[str, Any], **fields: Any) -> str:
    with pytest.raises(Invalid) as error:
        edited(resource, **fields)
    return error.value.text


def test_the_kind_of_an_identifier_is_refused_for_what_it_is() -> None:
    """Its name is that of the part that tells kinds of values apart, with which it has nothing to do."""
    told = refused(PATIENT, identifiers=[{"value": "1", "kind": "MR"}])
    assert told.startswith("identifiers[0].kind: follows from the other parts and cannot be set")


def test_a_value_of_no_kind_is_refused_with_all_kinds() -> None:
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "valueString": "b"}
    told = refused(observation, value={"kind": "colour", "text": "red"})
    assert told.startswith("value.kind: must be one of text, quantity, concept") and told.endswith("period")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"names": "Ann"}, "names: must be a list"),
        ({"names": [7]}, "names[0]: must be an object"),
        ({"sex": 7}, "sex: must be text"),
        ({"nickname": "A"}, "nickname: there is no such field"),
        ({"display_name": "A"}, "display_name: is read-only: leave it out, or send it as it was"),
        ({"active": "yes"}, "active: must be true or false"),
    ],
)
def test_a_refusal_names_the_field_and_what_to_write(fields: dict[str, Any], text: str) -> None:
    assert refused(PATIENT, **fields) == text
