"""A resource that is only a part (https://hl7.org/fhir/R4/search.html#summary) never replaces the complete one."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest

from tests.api.expect import outcome, resource

TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
ONE = {"system": "http://a.example", "value": "1"}
WHOLE = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [ONE],
    "name": [{"family": "Muster"}],
    "birthDate": "1950-02-03",
}
PART = {"resourceType": "Patient", "id": "p", "meta": {"tag": [TAG]}, "identifier": [ONE]}
ADD_TAG = [{"op": "add", "path": "/meta/tag", "value": [TAG]}]


def bundle(kind: str, method: str, url: str, body: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            {"request": {"method": "POST", "url": "Observation"}, "resource": OBSERVATION},
            {"request": {"method": method, "url": url}, "resource": body},
        ],
    }


OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
PATCH = {
    "resourceType": "Binary",
    "contentType": "application/json-patch+json",
    "data": base64.b64encode(json.dumps(ADD_TAG).encode()).decode(),
}


async def kept(client: httpx.AsyncClient) -> None:
    now = resource(await client.get("Patient/p"))
    assert (now["birthDate"], now["meta"]["versionId"]) == ("1950-02-03", "1")


@pytest.mark.parametrize("url", ["Patient/p", "Patient?identifier=http://a.example|1"])
async def test_an_update_with_a_part_is_refused(client: httpx.AsyncClient, url: str) -> None:
    resource(await client.put("Patient/p", json=WHOLE), 201)
    [issue] = outcome(await client.put(url, json=PART), 422, "processing")
    assert issue["expression"] == ["Patient.meta.tag"] and "SUBSETTED" in issue["diagnostics"]
    await kept(client)


async def test_what_a_summary_gave_cannot_be_put_back(client: httpx.AsyncClient) -> None:
    resource(await client.put("Patient/p", json=WHOLE), 201)
    for query in ("_summary=true", "_elements=gender"):
        part = resource(await client.get(f"Patient/p?{query}"))
        outcome(await client.put("Patient/p", json=part), 422)
    await kept(client)


async def test_a_patch_cannot_turn_the_whole_into_a_part(client: httpx.AsyncClient) -> None:
    resource(await client.put("Patient/p", json=WHOLE), 201)
    headers = {"Content-Type": "application/json-patch+json"}
    [issue] = outcome(await client.patch("Patient/p", content=json.dumps(ADD_TAG), headers=headers), 422)
    assert issue["expression"] == ["Patient.meta.tag"]
    added = {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": [TAG]}}]}
    outcome(await client.post("Patient/p/$meta-add", json=added), 422)
    await kept(client)


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("PUT", "Patient/p", PART),
        ("PUT", "Patient?identifier=http://a.example|1", PART),
        ("PATCH", "Patient/p", PATCH),
    ],
)
async def test_a_transaction_stores_nothing_and_a_batch_the_rest(
    client: httpx.AsyncClient, method: str, url: str, body: Any
) -> None:
    resource(await client.put("Patient/p", json=WHOLE), 201)
    [issue] = outcome(await client.post("", json=bundle("transaction", method, url, body)), 422)
    assert issue["expression"] == ["Bundle.entry[1].resource.meta.tag"]
    assert resource(await client.get("Observation?_summary=count"))["total"] == 0
    made, refused = resource(await client.post("", json=bundle("batch", method, url, body)))["entry"]
    assert made["response"]["status"] == "201 Created"
    assert refused["response"]["status"].startswith("422")
    assert refused["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.meta.tag"]
    await kept(client)


async def test_where_nothing_complete_is_a_part_is_stored_and_gives_way_to_the_whole(client: httpx.AsyncClient) -> None:
    resource(await client.put("Patient/p", json=PART), 201)
    resource(await client.put("Patient/p", json={**PART, "active": True}))
    resource(await client.put("Patient/p", json=WHOLE))
    outcome(await client.put("Patient/p", json=PART), 422)
    await client.delete("Patient/p")
    assert resource(await client.put("Patient/p", json=PART), 201)["meta"]["versionId"] == "5"


async def test_whoever_comes_first_the_whole_remains(client: httpx.AsyncClient) -> None:
    for _ in range(5):
        await client.delete("Patient/p")
        await asyncio.gather(client.put("Patient/p", json=PART), client.put("Patient/p", json=WHOLE))
        assert resource(await client.get("Patient/p"))["birthDate"] == "1950-02-03"
