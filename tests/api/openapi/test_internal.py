"""The OpenAPI document of /internal: complete, and true to what is answered."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.openapi.models import OpenAPI
from fastapi.routing import iter_route_contexts
from jsonschema import Draft202012Validator

from gateway.api import Deployment
from gateway.api.openapi.internal import internal_document
from gateway.codes.files import Files
from tests.codes.make import local

DOCUMENT = internal_document("1.2.3", secured=False)
ROOT = "http://gateway"
JSON = {"Content-Type": "application/json"}
PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def deployment(deployment: Deployment, tmp_path: Path) -> Deployment:
    """With the routes of local codes."""
    return replace(deployment, codes=Files.of(tmp_path, tmp_path))


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield method, path, operation


def check(path: str, answer: httpx.Response) -> None:
    """Assert that an answer is as the document says: its status, media type and content."""
    operation = DOCUMENT["paths"][path][answer.request.method.lower()]
    described = operation["responses"][str(answer.status_code)]
    for header in described.get("headers", ()):
        assert header in answer.headers, header
    if "content" not in described:
        assert not answer.content
        return
    media = answer.headers["content-type"].partition(";")[0]
    schema = {**described["content"][media]["schema"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(answer.json())


def test_the_document_describes_every_route_and_no_other(app: FastAPI) -> None:
    served = {
        (method.lower(), route.path)
        for route in iter_route_contexts(app.routes)
        if route.path and route.path.startswith("/internal")
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {(method, path) for method, path, _ in operations()} == served
    assert len(served) == 14


def test_the_document_is_valid_openapi_and_every_operation_has_a_name_of_its_own() -> None:
    OpenAPI.model_validate(DOCUMENT)
    Draft202012Validator.check_schema({"$defs": DOCUMENT["components"]["schemas"]})
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names)) == 14
    for _, path, operation in operations():
        assert operation["summary"] and operation["tags"], path
        assert any(status.startswith("2") for status in operation["responses"]), path


def test_a_guarded_gateway_asks_for_a_bearer_token() -> None:
    assert "security" not in DOCUMENT
    guarded = internal_document("1.2.3", secured=True)
    assert guarded["security"] == [{"token": []}]
    assert guarded["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


async def test_lists_are_answered_as_described(
    client: httpx.AsyncClient, patient: Callable[..., dict[str, Any]]
) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    await client.put("Observation/o1", json=local("o1", "CREA", "Crea", 1, "mg/dL"))
    check("/internal/codes/refresh", await client.post(f"{ROOT}/internal/codes/refresh"))
    for path in ("", "/letters", "/not-scored", "/quality", "/mappings", "/codes"):
        check(f"/internal{path}", await client.get(f"{ROOT}/internal{path}"))
    check("/internal/quality", await client.get(f"{ROOT}/internal/quality?by=nothing"))
    check("/internal/codes", await client.get(f"{ROOT}/internal/codes?state=unknown"))
    check("/internal/{collection}", await client.get(f"{ROOT}/internal/patients?count=true&limit=1"))
    check("/internal/{collection}", await client.get(f"{ROOT}/internal/patients?no.such=field"))
    check("/internal/{collection}", await client.get(f"{ROOT}/internal/nothing"))


async def test_a_decision_is_answered_as_described(client: httpx.AsyncClient) -> None:
    await client.put("Observation/o1", json=local("o1", "CREA", "Crea", 1, "mg/dL"))
    await client.post(f"{ROOT}/internal/codes/refresh")
    (item,) = (await client.get(f"{ROOT}/internal/codes")).json()["items"]
    decision = {"key": item["key"], "decision": "reject", "by": "Ann"}
    path, url = "/internal/codes/decisions", f"{ROOT}/internal/codes/decisions"
    check(path, await client.post(url, json=decision, headers=JSON))
    check(path, await client.post(url, json={**decision, "key": "unknown"}, headers=JSON))
    check(path, await client.post(url, json={"by": 1}, headers=JSON))
    check(path, await client.post(url, content=b"x", headers={"Content-Type": "text/plain"}))


async def test_one_document_is_read_and_written_as_described(client: httpx.AsyncClient) -> None:
    path, url = "/internal/{collection}/{id}", f"{ROOT}/internal/patients/p1"
    check(path, await client.get(url))
    check(path, await client.put(url, json={"sex": "female"}, headers=JSON))
    check(path, await client.get(url))
    check(path, await client.put(url, json={"sex": "male"}, headers=JSON))
    check(path, await client.patch(url, json={"active": True}, headers=PATCH))
    check(path, await client.patch(url, json={"active": False}, headers={**PATCH, "If-Match": 'W/"1"'}))
    check(path, await client.patch(url, json={"names": [{"family": 7}]}, headers=PATCH))
    check(path, await client.patch(url, content=b"x", headers={"Content-Type": "text/plain"}))
    etag = (await client.get(url)).headers["ETag"]
    check(path, await client.get(url, headers={"If-None-Match": etag}))
    check(path, await client.delete(url))
    check(path, await client.get(url))
    check(
        "/internal/{collection}", await client.post(f"{ROOT}/internal/patients", json={"sex": "female"}, headers=JSON)
    )
