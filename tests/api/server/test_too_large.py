"""What is larger than MongoDB takes is told by 413, wherever it comes from, and nothing of it is stored."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.store import Store
from gateway.store.write.admission import LARGEST
from tests.api.conftest import JSON
from tests.api.expect import outcome, resource

BEYOND = LARGEST + 4
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """Of a gateway that reads bodies as large as the default lets them be."""
    transport = httpx.ASGITransport(create(Deployment(store, "1.2.3")))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway/fhir/", headers=JSON) as opened:
        yield opened


def binary(size: int = BEYOND) -> dict[str, Any]:
    return {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "A" * (size // 4 * 4)}


def bundle(kind: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            {"request": {"method": "POST", "url": "Observation"}, "resource": OBSERVATION},
            {"request": {"method": method, "url": "Binary/b"}, "resource": body},
        ],
    }


def patch(operations: list[dict[str, Any]]) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}


GROW = [{"op": "replace", "path": "/data", "value": binary()["data"]}]


async def kept(client: httpx.AsyncClient, store: Store) -> None:
    """Nothing but the small Binary is there, in its first version."""
    assert resource(await client.get("Binary/b", headers={"Accept": "application/fhir+json"}))["data"] == "AAAA"
    assert await store.feed.head() == 1


@pytest.mark.parametrize("way", ["put", "content", "patch"])
async def test_a_single_write(client: httpx.AsyncClient, store: Store, way: str) -> None:
    resource(await client.put("Binary/b", json=binary(4)), 201)
    if way == "put":
        answer = await client.put("Binary/b", json=binary())
    elif way == "content":
        content = b"x" * (LARGEST // 4 * 3 + 3)
        answer = await client.put("Binary/b", content=content, headers={"Content-Type": "text/plain"})
    else:
        headers = {"Content-Type": "application/json-patch+json"}
        answer = await client.patch("Binary/b", content=json.dumps(GROW), headers=headers)
    [issue] = outcome(answer, 413, "too-long")
    assert issue["expression"] == ["Binary"] and f"at most {LARGEST}" in issue["diagnostics"]
    await kept(client, store)


@pytest.mark.parametrize(("method", "body"), [("PUT", binary()), ("PATCH", patch(GROW))], ids=["put", "patch"])
async def test_an_entry(client: httpx.AsyncClient, store: Store, method: str, body: dict[str, Any]) -> None:
    resource(await client.put("Binary/b", json=binary(4)), 201)
    [issue] = outcome(await client.post("", json=bundle("transaction", method, body)), 413, "too-long")
    assert issue["expression"] == ["Bundle.entry[1].resource"]
    await kept(client, store)
    made, refused = resource(await client.post("", json=bundle("batch", method, body)))["entry"]
    assert made["response"]["status"] == "201 Created"
    assert refused["response"]["status"].startswith("413")
    assert refused["response"]["outcome"]["issue"] == [issue]
    assert await store.resources.counts() == {"Binary": 1, "Observation": 1}


async def test_an_edit_of_an_internal_document(client: httpx.AsyncClient, store: Store) -> None:
    resource(await client.put("Patient/p", json={"resourceType": "Patient", "id": "p", "gender": "female"}), 201)
    edit = {"names": [{"family": f"{number % 10}" * 900_000} for number in range(19)]}  # of a string R4 allows 1 MB
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = await client.patch("http://gateway/internal/patients/p", content=json.dumps(edit), headers=headers)
    assert answer.status_code == 413 and answer.headers["content-type"] == "application/problem+json"
    assert f"at most {LARGEST}" in answer.json()["title"]
    assert resource(await client.get("Patient/p"))["meta"]["versionId"] == "1"
    assert await store.feed.head() == 1
