"""A page of another origin cannot write, whatever browsers let it send; programs are not concerned."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers

from gateway.api import Deployment, create
from gateway.api.pages import pages
from gateway.api.protocol.csrf import is_forged
from gateway.codes.files import Files
from tests.api.conftest import JSON
from tests.api.expect import outcome, resource

EVIL = {"Origin": "https://evil.example"}
SIMPLE = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
"""What a page may send without asking first (https://fetch.spec.whatwg.org/#cors-safelisted-request-header)."""


@pytest.fixture
def app(deployment: Deployment, tmp_path: Path) -> FastAPI:
    """With all routes there are."""
    deployment = replace(deployment, codes=Files.of(tmp_path, tmp_path))
    app = create(deployment)
    pages.mount(app, deployment, ())
    return app


def writing(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every route that may change something, with a path that leads to it."""
    for route in iter_route_contexts(app.routes):
        for method in sorted((route.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
            path = re.sub(r"\{type[^}]*\}", "Patient", route.path or "")
            yield method, re.sub(r"\{[^}]*\}", "x1", path)


@pytest.mark.parametrize(
    "sent", [EVIL, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
async def test_no_route_that_writes_is_open_to_pages_of_others(app: FastAPI, sent: dict[str, str]) -> None:
    routes = list(writing(app))
    assert len(routes) > 40 and ("POST", "/internal/codes/refresh") in routes and ("POST", "/fhir/Patient") in routes
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080") as client:
        for method, path in routes:
            for media in SIMPLE:
                answer = await client.request(method, path, content=b"{}", headers={"Content-Type": media, **sent})
                assert answer.status_code == 403, (method, path, media)


async def test_a_file_and_a_refresh_are_refused_to_a_page_and_nothing_is_stored(
    app: FastAPI, deployment: Deployment
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080") as client:
        for media in SIMPLE:
            sent = {"Content-Type": media, **EVIL}
            outcome(await client.post("/fhir/Binary", content=b"<script>", headers=sent), 403, "forbidden")
            refused = resource(await client.post("/internal/codes/refresh", headers=sent), 403)
            assert "another origin" in refused["title"]
        assert await deployment.store.feed.head() == 0
        told = await client.post("/fhir/Binary", content=b"text", headers={"Content-Type": "text/plain"})
        assert told.status_code == 201
        assert (await client.post("/internal/codes/refresh")).status_code == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost", "http://localhost"),
        ("localhost:80", "http://localhost"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("hospital.example", "https://hospital.example"),  # who ends TLS in front of us need not say so
        ("Hospital.example:443", "https://hospital.example"),
    ],
)
def test_our_own_pages_may_write(host: str, origin: str) -> None:
    assert not is_forged("POST", Headers({"origin": origin}), [host], ())


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1:3000",
        "http://localhost:8080",
        "http://127.0.0.1:8080.evil.example",
        "http://127.0.0.1:8080@evil.example",
        "null",
        "file://",
        "http://[::1",
        "http://127.0.0.1:99999",
        "chrome-extension://abc",
        "http://evil.example, http://127.0.0.1:8080",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post", "MERGE"])
def test_other_pages_may_not(origin: str, method: str) -> None:
    assert is_forged(method, Headers({"origin": origin}), ["127.0.0.1:8080"], ())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_who_only_reads_forges_nothing(method: str) -> None:
    assert not is_forged(method, Headers({"origin": "https://evil.example", "sec-fetch-site": "cross-site"}), [], ())


def test_a_browser_that_says_same_origin_is_believed() -> None:
    """Behind a proxy that changes Host, Origin and Host differ though the page is ours."""
    told = Headers({"origin": "https://hospital.example", "sec-fetch-site": "same-origin"})
    assert not is_forged("POST", told, ["gateway:8080"], ())


@pytest.fixture
async def shared(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    """Without tokens, for pages of one other origin."""
    app = create(replace(deployment, origins=("https://app.example",)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080") as client:
        yield client


async def test_origins_of_the_settings_write_below_fhir_only(shared: httpx.AsyncClient, patient: Any) -> None:
    page = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site", **JSON}
    assert (await shared.post("/fhir/Patient", json=patient(), headers=page)).status_code == 201
    assert (await shared.patch("/internal/patients/x", json={}, headers=page)).status_code == 403


async def test_a_program_with_a_token_may_name_any_origin(deployment: Deployment, patient: Any) -> None:
    """No page can add this header without being asked first; apps in a shell of their own send odd origins."""
    app = create(replace(deployment, tokens=("secret",)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        sent = {"Origin": "capacitor://localhost", "Authorization": "Bearer secret", **JSON}
        assert (await client.post("/fhir/Patient", json=patient(), headers=sent)).status_code == 201
