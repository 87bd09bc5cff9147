"""PATCH in its three forms, by id and by condition."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Make = Callable[..., dict[str, Any]]
JSON_PATCH = {"Content-Type": "application/json-patch+json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
SET_MALE = [{"op": "add", "path": "/gender", "value": "male"}]


@pytest.fixture
async def stored(client: httpx.AsyncClient, patient: Make) -> str:
    resource = patient(id="p1", identifier=[{"system": "urn:x", "value": "1"}])
    assert (await client.put("Patient/p1", json=resource)).status_code == 201
    return "Patient/p1"


async def test_each_form_of_patch_makes_a_new_version(client: httpx.AsyncClient, stored: str) -> None:
    answer = await client.patch(stored, json=SET_MALE, headers=JSON_PATCH)
    assert (answer.status_code, answer.json()["gender"], answer.headers["etag"]) == (200, "male", 'W/"2"')
    answer = await client.patch(stored, json={"gender": "female"}, headers=MERGE)
    assert (answer.json()["gender"], answer.json()["name"][0]["family"]) == ("female", "Muster")
    part = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.gender"},
        {"name": "value", "valueCode": "other"},
    ]
    operation = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}
    answer = await client.patch(stored, json=operation)
    assert (answer.status_code, answer.json()["gender"], answer.json()["meta"]["versionId"]) == (200, "other", "4")


async def test_a_patch_by_condition_takes_the_one_match(client: httpx.AsyncClient, stored: str) -> None:
    where = "Patient?identifier=urn:x|1"
    assert (await client.patch(where, json=SET_MALE, headers=JSON_PATCH)).json()["id"] == "p1"
    nothing = await client.patch("Patient?identifier=urn:x|2", json=SET_MALE, headers=JSON_PATCH)
    assert nothing.status_code == 404
    await client.post("Patient", json={"resourceType": "Patient", "identifier": [{"system": "urn:x", "value": "1"}]})
    assert (await client.patch(where, json=SET_MALE, headers=JSON_PATCH)).status_code == 412


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (JSON_PATCH, b"[", 400),
        (JSON_PATCH, b'[{"op":"jump","path":"/gender"}]', 400),
        (JSON_PATCH, b'[{"op":"test","path":"/active","value":true}]', 409),
        (JSON_PATCH, b'[{"op":"add","path":"/gender","value":"xx"}]', 422),
        (JSON_PATCH, b'[{"op":"replace","path":"/id","value":"p2"}]', 422),
        (JSON_PATCH | {"If-Match": 'W/"7"'}, b'[{"op":"add","path":"/gender","value":"male"}]', 412),
        ({"Content-Type": "text/plain"}, b"x", 415),
    ],
)
async def test_what_cannot_be_applied_changes_nothing(
    client: httpx.AsyncClient, stored: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = await client.patch(stored, content=body, headers=headers)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")
    assert (await client.get(stored)).json()["meta"]["versionId"] == "1"


async def test_what_is_not_there_cannot_be_patched(client: httpx.AsyncClient, stored: str) -> None:
    assert (await client.patch("Patient/nobody", json=SET_MALE, headers=JSON_PATCH)).status_code == 404
    await client.delete(stored)
    assert (await client.patch(stored, json=SET_MALE, headers=JSON_PATCH)).status_code == 410


async def test_concurrent_patches_are_all_applied(client: httpx.AsyncClient, stored: str) -> None:
    names = [[{"op": "add", "path": "/name/-", "value": {"family": f"N{n}"}}] for n in range(4)]
    answers = await asyncio.gather(*(client.patch(stored, json=name, headers=JSON_PATCH) for name in names))
    assert [answer.status_code for answer in answers] == [200] * 4
    families = {name["family"] for name in (await client.get(stored)).json()["name"]}
    assert families == {"Muster", "N0", "N1", "N2", "N3"}


async def test_the_form_of_a_patch_that_is_just_json_is_seen_from_it(client: httpx.AsyncClient, stored: str) -> None:
    plain = {"Content-Type": "application/json"}
    assert (await client.patch(stored, json=SET_MALE, headers=plain)).json()["gender"] == "male"
    assert (await client.patch(stored, json={"gender": "other"}, headers=plain)).json()["gender"] == "other"
    part = [{"name": "type", "valueCode": "delete"}, {"name": "path", "valueString": "Patient.gender"}]
    operation = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}
    assert "gender" not in (await client.patch(stored, json=operation, headers=plain)).json()
