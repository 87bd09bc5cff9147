"""`$validate`: on the system, a type, an instance; bare or in Parameters; with mode and profile."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.fhir.validate import Profiles

Make = Callable[..., dict[str, Any]]
URL = "http://example.org/StructureDefinition/with-birth-date"
PROFILE = {
    "resourceType": "StructureDefinition",
    "url": URL,
    "name": "WithBirthDate",
    "status": "active",
    "kind": "resource",
    "abstract": False,
    "type": "Patient",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "derivation": "constraint",
    "differential": {"element": [{"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1}]},
}


def parameters(**given: Any) -> dict[str, Any]:
    values = {"resource": "resource", "mode": "valueCode", "profile": "valueUri"}
    return {"resourceType": "Parameters", "parameter": [{"name": n, values[n]: v} for n, v in given.items()]}


def errors(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [i["expression"][0] for i in answer.json()["issue"] if i["severity"] == "error"]


@pytest.mark.parametrize("path", ["$validate", "Patient/$validate", "Patient/p1/$validate"])
async def test_each_level_takes_a_bare_resource_or_parameters(client: httpx.AsyncClient, path: str) -> None:
    wrong = {"resourceType": "Patient", "id": "p1", "gender": "xx"}
    assert errors(await client.post(path, json=wrong)) == ["Patient.gender"]
    assert errors(await client.post(path, json=parameters(resource=wrong))) == ["Patient.gender"]
    assert errors(await client.post(path, json={**wrong, "gender": "male"})) == []


async def test_another_type_than_the_path_is_a_finding(client: httpx.AsyncClient) -> None:
    assert errors(await client.post("Observation/$validate", json={"resourceType": "Patient"})) == ["Patient"]


async def test_an_update_needs_the_id_of_the_address(client: httpx.AsyncClient, patient: Make) -> None:
    path = "Patient/p1/$validate?mode=update"
    assert errors(await client.post(path, json=patient(id="p2"))) == ["Patient.id"]
    assert errors(await client.post(path, json=patient(id="p1"))) == []


async def test_what_is_stored_can_be_validated_and_asked_for_deletion(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    assert errors(await client.post("Patient/p1/$validate", json=parameters(mode="profile"))) == []
    assert errors(await client.post("Patient/p1/$validate", json=parameters(mode="delete"))) == []
    assert (await client.post("Patient/p2/$validate", json=parameters(mode="delete"))).status_code == 404


@pytest.mark.parametrize("body", [parameters(mode="guess"), parameters(), parameters(resource=[1])])
async def test_a_call_that_says_nothing_to_validate_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post("Patient/$validate", json=body)
    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")


async def test_a_lenient_server_stores_what_it_can_hold_and_refuses_the_rest(deployment: Deployment) -> None:
    app = create(replace(deployment, strictness="lenient"))
    headers = {"Content-Type": "application/fhir+json"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/", headers=headers
    ) as client:
        wrong = {"resourceType": "Patient", "gender": "xx"}
        entry = {"resource": wrong, "request": {"method": "POST", "url": "Patient"}}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        assert (await client.post("Patient", json=wrong)).status_code == 201
        assert (await client.post("", json=bundle)).status_code == 200
        assert (await client.post("Patient", json={**wrong, "meta": []})).status_code == 422


async def test_a_profile_is_applied_when_asked_for_and_on_writes_when_named(
    deployment: Deployment, patient: Make
) -> None:
    app = create(replace(deployment, profiles=Profiles([PROFILE])))
    headers = {"Content-Type": "application/fhir+json"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/", headers=headers
    ) as client:
        asked = parameters(resource=patient(), profile=URL)
        assert errors(await client.post("Patient/$validate", json=asked)) == ["Patient.birthDate"]
        named = patient(meta={"profile": [URL]})
        assert (await client.post("Patient", json=named)).status_code == 422
        assert (await client.post("Patient", json={**named, "birthDate": "1970"})).status_code == 201


async def test_a_profile_that_is_stored_is_applied(client: httpx.AsyncClient, patient: Make) -> None:
    """With its base, a value set that is stored too, and in the version that is asked for."""
    genders = {"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"code": "female"}]}
    value_set = {"resourceType": "ValueSet", "url": "http://example.org/vs", "status": "active"}
    binding = {"strength": "required", "valueSet": "http://example.org/vs"}
    derived = {
        **PROFILE,
        "url": "http://example.org/StructureDefinition/narrower",
        "version": "2",
        "baseDefinition": URL,
        "differential": {"element": [{"id": "Patient.gender", "path": "Patient.gender", "binding": binding}]},
    }
    for one in (PROFILE, derived, {**value_set, "compose": {"include": [genders]}}):
        assert (await client.post(one["resourceType"], json=one)).status_code == 201
    sent = patient(gender="male")
    for url in (derived["url"], f"{derived['url']}|2"):
        asked = parameters(resource=sent, profile=url)
        assert sorted(errors(await client.post("Patient/$validate", json=asked))) == [
            "Patient.birthDate",
            "Patient.gender",
        ]
    claims = {**sent, "meta": {"profile": [URL]}}
    assert errors(await client.post("Patient/$validate", json=claims)) == ["Patient.birthDate"]
    assert (await client.post("Patient", json=claims)).status_code == 201  # writes are held to what is loaded


@pytest.mark.parametrize("url", ["http://example.org/none", f"{URL}|9"])
async def test_a_profile_that_is_not_known_is_an_error_when_it_is_nominated(
    client: httpx.AsyncClient, patient: Make, url: str
) -> None:
    """https://hl7.org/fhir/R4/resource-operation-validate.html: "it SHALL return an error\"."""
    await client.post("StructureDefinition", json=PROFILE)
    for asked in (
        await client.post("Patient/$validate", json=parameters(resource=patient(), profile=url)),
        await client.post("Patient/$validate", params={"profile": url}, json=patient()),
    ):
        assert asked.status_code == 200
        [issue] = asked.json()["issue"]
        assert (issue["severity"], issue["code"]) == ("error", "not-found") and url in issue["diagnostics"]
    named = (await client.post("Patient/$validate", json=patient(meta={"profile": [url]}))).json()["issue"]
    assert named[0]["severity"] == "information" and url in named[0]["diagnostics"]
