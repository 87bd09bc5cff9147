"""What `$validate` says of codes where nothing is required: warnings, on what R4 defines and on what is stored."""

from typing import Any

import httpx
import pytest

from tests.api.expect import resource
from tests.fhir.terminology.made import ANIMALS, animals

Json = dict[str, Any]
MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


async def said(client: httpx.AsyncClient, type_: str, **elements: Any) -> list[tuple[str, str]]:
    """(severity, expression) of each issue about codes."""
    answer = await client.post(f"{type_}/$validate", json={"resourceType": type_, **elements})
    issues = resource(answer)["issue"]
    return [(one["severity"], one["expression"][0]) for one in issues if one["code"] in ("code-invalid", "invalid")]


def married(**coding: Any) -> Json:
    return {"maritalStatus": {"coding": [{"system": MARITAL, "code": "M", **coding}]}}


def observed(**elements: Any) -> Json:
    return {"status": "final", "code": {"text": "x"}, **elements}


async def test_a_display_must_be_one_of_the_concept(client: httpx.AsyncClient) -> None:
    assert await said(client, "Patient", **married(display="married")) == []
    assert await said(client, "Patient", **married()) == []
    display = ("warning", "Patient.maritalStatus.coding[0].display")
    assert await said(client, "Patient", **married(display="M")) == [display]


async def test_a_code_must_be_one_of_its_system(client: httpx.AsyncClient) -> None:
    assert await said(client, "Patient", **married(code="Q")) == [
        ("warning", "Patient.maritalStatus.coding[0].code"),
        ("warning", "Patient.maritalStatus"),
    ]
    unknown = {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}
    assert await said(client, "Observation", **observed(method=unknown)) == []


async def test_an_extensible_binding_warns_a_preferred_one_informs(client: httpx.AsyncClient) -> None:
    own = {"coding": [{"system": "http://example.org/own", "code": "x"}]}
    right = {"coding": [{"system": CATEGORY, "code": "laboratory"}]}
    assert await said(client, "Patient", maritalStatus=own) == [("warning", "Patient.maritalStatus")]
    assert await said(client, "Patient", maritalStatus={"text": "married"}) == [("warning", "Patient.maritalStatus")]
    assert await said(client, "Observation", **observed(category=[right, own])) == [
        ("information", "Observation.category[1]")
    ]
    both = {"coding": [*own["coding"], *right["coding"]]}
    assert await said(client, "Observation", **observed(category=[both, {"text": "x"}])) == []


async def test_codes_in_contained_resources_and_entries(client: httpx.AsyncClient) -> None:
    patient = {"resourceType": "Patient", **married(display="x")}
    entry = {
        "resource": {
            **patient,
            "contained": [{**patient, "id": "p"}],
            "link": [{"other": {"reference": "#p"}, "type": "seealso"}],
        },
        "fullUrl": "urn:uuid:0c3201bd-1cbf-4d64-b04d-cd9187a4c6e0",
    }
    place = "Bundle.entry[0].resource"
    assert await said(client, "Bundle", type="collection", entry=[entry]) == [
        ("warning", f"{place}.maritalStatus.coding[0].display"),
        ("warning", f"{place}.contained[0].maritalStatus.coding[0].display"),
    ]


async def test_what_is_stored_counts(client: httpx.AsyncClient) -> None:
    wrong = observed(valueCodeableConcept={"coding": [{"system": ANIMALS, "code": "unicorn"}]})
    assert await said(client, "Observation", **wrong) == []
    await client.put("CodeSystem/a", json=animals(id="a"))
    place = "Observation.value.ofType(CodeableConcept).coding[0].code"
    assert await said(client, "Observation", **wrong) == [("warning", place)]


@pytest.mark.parametrize("coding", [1, "x", [1], [None], [{"code": 1}], [{"system": {}}], [{}], {}])
async def test_codings_of_a_wrong_shape(client: httpx.AsyncClient, coding: Any) -> None:
    answer = await client.post(
        "Patient/$validate", json={"resourceType": "Patient", "maritalStatus": {"coding": coding}}
    )
    assert resource(answer)["issue"][0]["severity"] == "error"


async def test_such_a_resource_can_be_stored(client: httpx.AsyncClient) -> None:
    resource(await client.post("Patient", json={"resourceType": "Patient", **married(code="Q", display="x")}), 201)
