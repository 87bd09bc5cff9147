"""Edits of documents over HTTP: what described an old value is gone from the resource, and the answer says so."""

from typing import Any

import httpx
import pytest

from gateway.api import Deployment
from gateway.fhir import fhir_json
from gateway.store import Write

ROOT = "http://gateway/internal"
MERGE, JSON_PATCH, PLAIN = "application/merge-patch+json", "application/json-patch+json", "application/json"
H = "http://hl7.org/fhir/StructureDefinition/"


def german(text: str) -> dict[str, Any]:
    parts = [{"url": "lang", "valueCode": "de"}, {"url": "content", "valueString": text}]
    return {"extension": [{"url": H + "translation", "extension": parts}]}


CODE = {"url": "http://fhir.de/StructureDefinition/gender-amtlich-de", "valueCoding": {"code": "D"}}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "gender": "other",
    "_gender": {
        "extension": [{"url": "http://fhir.de/StructureDefinition/gender-amtlich-de", "valueCoding": {"code": "D"}}]
    },
    "_birthDate": {"extension": [{"url": H + "data-absent-reason", "valueCode": "unknown"}]},
}
RESULT: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "culture"},
    "valueString": "positive",
    "_valueString": german("positiv"),
}
WEIGHT: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o2",
    "status": "final",
    "code": {"text": "weight"},
    "valueQuantity": {"value": 180, "unit": "lb", "system": "http://unitsofmeasure.org", "code": "[lb_av]"},
}
REQUEST: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "m1",
    "status": "active",
    "intent": "order",
    "subject": {"reference": "Patient/p1"},
    "contained": [{"resourceType": "Medication", "id": "med", "code": {"text": "Aspirin"}}],
    "medicationReference": {"reference": "#med"},
    "dosageInstruction": [{"text": "1 tablet", "_text": german("1 Tablette")}],
}


@pytest.fixture
async def filled(client: httpx.AsyncClient, deployment: Deployment) -> httpx.AsyncClient:
    for one in (PATIENT, RESULT, WEIGHT, REQUEST):
        await deployment.store.commit(Write(one["resourceType"], one["id"], one, "api"))
    return client


async def stored(deployment: Deployment, key: str) -> dict[str, Any]:
    found = await deployment.store.resources.read(*key.split("/"))
    assert found is not None
    return {name: value for name, value in fhir_json.parse(found.body).items() if name != "meta"}


async def patch(client: httpx.AsyncClient, path: str, change: Any, media: str = MERGE) -> httpx.Response:
    return await client.patch(f"{ROOT}/{path}", content=fhir_json.dump(change), headers={"Content-Type": media})


async def test_a_changed_sex_takes_its_national_code_along_and_the_answer_says_so(
    filled: httpx.AsyncClient, deployment: Deployment
) -> None:
    answer = await patch(filled, "patients/p1", {"sex": "female"})
    assert answer.status_code == 200
    [warning] = answer.json()["fhir"]["warnings"]
    assert "gender-amtlich-de" in warning["path"] and "removed" in warning["text"]
    assert await stored(deployment, "Patient/p1") == {
        "resourceType": "Patient",
        "id": "p1",
        "gender": "female",
        "_birthDate": PATIENT["_birthDate"],
    }
    read = await filled.get(f"{ROOT}/patients/p1")
    assert "warnings" not in read.json()["fhir"]


@pytest.mark.parametrize("media", [MERGE, JSON_PATCH, "put"])
async def test_a_birth_date_removes_the_reason_for_its_absence_by_every_way(
    filled: httpx.AsyncClient, deployment: Deployment, media: str
) -> None:
    if media == "put":
        document = (await filled.get(f"{ROOT}/patients/p1")).json() | {"birth_date": "1980"}
        content, headers = fhir_json.dump(document), {"Content-Type": PLAIN}
        answer = await filled.put(f"{ROOT}/patients/p1", content=content, headers=headers)
    else:
        operations = [{"op": "add", "path": "/birth_date", "value": "1980"}]
        answer = await patch(
            filled, "patients/p1", operations if media == JSON_PATCH else {"birth_date": "1980"}, media
        )
    assert answer.status_code == 200 and "birth_absent_reason" not in answer.json()
    patient = await stored(deployment, "Patient/p1")
    assert patient["birthDate"] == "1980" and "_birthDate" not in patient


async def test_translations_of_old_texts_are_gone(filled: httpx.AsyncClient, deployment: Deployment) -> None:
    assert (await patch(filled, "observations/o1", {"value": {"text": "negative"}})).status_code == 200
    result = await stored(deployment, "Observation/o1")
    assert result["valueString"] == "negative" and "_valueString" not in result
    operations = [{"op": "replace", "path": "/dosages/0/text", "value": "2 tablets"}]
    assert (await patch(filled, "medication_requests/m1", operations, JSON_PATCH)).status_code == 200
    assert (await stored(deployment, "MedicationRequest/m1"))["dosageInstruction"] == [{"text": "2 tablets"}]


async def test_a_unit_that_contradicts_its_code_changes_nothing(
    filled: httpx.AsyncClient, deployment: Deployment
) -> None:
    answer = await patch(filled, "observations/o2", {"value": {"unit": "kg"}})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["path"] == "Observation.value.unit" and "change unit and code alike" in error["text"]
    assert await stored(deployment, "Observation/o2") == WEIGHT
    both = await patch(filled, "observations/o2", {"value": {"unit": "kg", "code": "kg"}})
    assert both.status_code == 200
    quantity = (await stored(deployment, "Observation/o2"))["valueQuantity"]
    assert quantity == WEIGHT["valueQuantity"] | {"unit": "kg", "code": "kg"}


async def test_a_contained_medication_goes_with_the_reference_to_it(
    filled: httpx.AsyncClient, deployment: Deployment
) -> None:
    change = {"medication_reference": None, "medication": {"text": "Ibuprofen"}}
    answer = await patch(filled, "medication_requests/m1", change)
    assert answer.status_code == 200 and "contained_medication" not in answer.json()
    request = await stored(deployment, "MedicationRequest/m1")
    assert request["medicationCodeableConcept"] == {"text": "Ibuprofen"} and "contained" not in request


async def test_a_document_comes_back_with_its_warnings_and_is_no_edit(
    filled: httpx.AsyncClient, deployment: Deployment
) -> None:
    answer = await patch(filled, "patients/p1", {"sex": "male"})
    headers = {"Content-Type": PLAIN, "If-Match": answer.headers["etag"]}
    again = await filled.put(f"{ROOT}/patients/p1", content=answer.content, headers=headers)
    assert (again.status_code, again.headers["etag"]) == (200, answer.headers["etag"])
    assert "warnings" not in again.json()["fhir"]
