"""Whatever arrives, the answer is never a 500."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import JSON

relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

KEYS = [
    "resourceType",
    "id",
    "meta",
    "extension",
    "contained",
    "name",
    "identifier",
    "entry",
    "type",
    "request",
    "url",
    "method",
    "resource",
    "fullUrl",
    "subject",
    "reference",
    "code",
    "_id",
    "versionId",
    "valueQuantity",
    "value",
    "tag",
    "ifNoneExist",
    "ifMatch",
    "effectiveDateTime",
    "birthDate",
    "text",
    "div",
]
WORDS = [
    "Patient",
    "Observation",
    "Bundle",
    "transaction",
    "batch",
    "POST",
    "PUT",
    "DELETE",
    "GET",
    "Patient/1",
    "p1",
    "Patient?identifier=1",
    "urn:uuid:1",
    "final",
    "1970",
    "9999-12-31T23:59:60Z",
    "$",
    "é",
    "Patient?_id=\x00",
    "\x00",
    "",
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=6)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


def request_of(method: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"method": method, "url": st.sampled_from(WORDS)},
        optional={key: st.sampled_from(WORDS) | values for key in ("ifMatch", "ifNoneMatch", "ifNoneExist")},
    )


entries = st.fixed_dictionaries(
    {"request": request_of(st.sampled_from(["POST", "PUT", "DELETE", "GET", "PATCH"]))},
    optional={
        "fullUrl": st.sampled_from(WORDS),
        "resource": st.dictionaries(st.sampled_from(KEYS), values, max_size=5),
    },
)
bundles = st.fixed_dictionaries(
    {
        "resourceType": st.just("Bundle"),
        "type": st.sampled_from(["batch", "transaction"]),
        "entry": st.lists(entries | values, max_size=4),
    }
)
paths = st.sampled_from(
    ["Patient", "Patient/p1", "Observation/1/_history/x", "Patient/_search", "Patient/$validate", "_history", ""]
)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/", headers=JSON)


def sane(response: httpx.Response) -> None:
    """Not a 5xx, and an error is an OperationOutcome that says something."""
    assert response.status_code < 500, response.text
    if response.status_code >= 400 and response.request.method != "HEAD":
        assert all(issue["diagnostics"] for issue in response.json()["issue"])


@relaxed
@given(st.sampled_from(["POST", "PUT", "DELETE"]), paths, st.binary(max_size=60))
async def test_random_bytes(app: FastAPI, method: str, path: str, body: bytes) -> None:
    async with client_of(app) as client:
        sane(await client.request(method, path, content=body))


@relaxed
@given(st.sampled_from(["POST", "PUT"]), paths, values)
async def test_json_of_any_shape(app: FastAPI, method: str, path: str, body: Any) -> None:
    async with client_of(app) as client:
        sane(await client.request(method, path, content=json.dumps(body).encode()))


@relaxed
@given(
    st.sampled_from(["Patient", "Observation", "Bundle", "Parameters"]), st.dictionaries(st.sampled_from(KEYS), values)
)
async def test_resources_of_any_content(app: FastAPI, type_: str, body: dict[str, Any]) -> None:
    async with client_of(app) as client:
        sane(await client.post(type_, content=json.dumps({**body, "resourceType": type_}).encode()))
        sane(await client.put(f"{type_}/p1", content=json.dumps({**body, "resourceType": type_, "id": "p1"}).encode()))


@settings(relaxed, max_examples=150)
@given(bundles)
async def test_bundles_of_any_content(app: FastAPI, body: dict[str, Any]) -> None:
    async with client_of(app) as client:
        sane(await client.post("", content=json.dumps(body).encode()))


NAMES = [
    "_id",
    "_lastUpdated",
    "_count",
    "_sort",
    "_include",
    "_revinclude",
    "_total",
    "_elements",
    "_summary",
    "_page",
    "_since",
    "_type",
    "_format",
    "_pretty",
    "_has:Observation:patient:code",
    "family",
    "family:exact",
    "birthdate",
    "identifier",
    "gender:not",
    "general-practitioner.name",
    "general-practitioner:Practitioner.name",
    "name:missing",
    "phone",
]
queries = st.lists(
    st.tuples(st.sampled_from(NAMES) | st.text(max_size=5), st.sampled_from(WORDS) | st.text(max_size=8)), max_size=3
)


@settings(relaxed, max_examples=150)
@given(st.sampled_from(["Patient", "", "_history", "Patient/p1", "Patient/_history", "metadata"]), queries)
async def test_queries_of_any_content(app: FastAPI, path: str, query: list[tuple[str, str]]) -> None:
    async with client_of(app) as client:
        for prefer in ("handling=strict", "handling=lenient"):
            sane(await client.get(path, params=query, headers={"Prefer": prefer}))


@relaxed
@given(st.sampled_from(["DELETE", "PUT"]), queries)
async def test_conditions_of_any_content(app: FastAPI, method: str, query: list[tuple[str, str]]) -> None:
    body = b'{"resourceType":"Patient"}'
    async with client_of(app) as client:
        sane(await client.request(method, "Patient", params=query, content=body))
        condition = str(httpx.QueryParams(query)).encode()
        sane(await client.post("Patient", content=body, headers={"If-None-Exist": condition}))


HEADERS = [
    "Accept",
    "Content-Type",
    "Prefer",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-None-Exist",
    "Host",
    "Content-Encoding",
    "X-Request-Id",
    "Authorization",
    "Content-Length",
    "Transfer-Encoding",
]


@relaxed
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "FOO"]),
    paths,
    st.dictionaries(st.sampled_from(HEADERS), st.binary(max_size=12)),
)
async def test_headers_of_any_content(app: FastAPI, method: str, path: str, headers: dict[str, bytes]) -> None:
    body = b'{"resourceType":"Patient","id":"p1"}'
    async with client_of(app) as client:
        sane(await client.request(method, path, content=body, headers=headers))


@relaxed
@given(st.binary(max_size=20), st.binary(max_size=20))
async def test_addresses_of_any_bytes(app: FastAPI, path: bytes, query: bytes) -> None:
    """Below httpx, which would tidy them up."""
    status: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "root_path": "",
        "headers": [],
        "path": "/fhir/" + path.decode("utf-8", "replace"),
        "raw_path": b"/fhir/" + path,
        "query_string": query,
        "server": None,
        "client": None,
    }
    await app(scope, receive, send)
    assert status[0] < 500


@pytest.mark.parametrize(
    "path",
    [
        "Patient/%00",
        "Patient/%2e%2e%2fx",
        "Patient/" + "x" * 5_000,
        "Patient/1/_history/" + "9" * 400,
        "%E0%A4%A",
        "//",
        "Patient//1",
    ],
)
async def test_odd_addresses(client: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "DELETE", "HEAD"):
        sane(await client.request(method, f"http://gateway/fhir/{path}"))
