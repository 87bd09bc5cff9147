"""Headers that every answer has: what browsers may make of it, and who may keep it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.api.pages import pages
from gateway.store import Store

Make = Callable[..., dict[str, Any]]


@pytest.fixture
async def browser(deployment: Deployment, store: Store, patient: Make) -> AsyncIterator[httpx.AsyncClient]:
    """On a gateway with pages, which holds Patient/p1."""
    app = create(deployment)
    pages.mount(app, deployment, ())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        await client.put("/fhir/Patient/p1", json=patient(id="p1"))
        yield client


PAGES = ["/", "/patients", "/patients/p1", "/codes", "/api"]
OTHERS = [
    "/fhir/Patient/p1",
    "/fhir/Patient/none",
    "/internal/patients/p1",
    "/nowhere",
    "/static/gateway.css",
    "/healthz",
]


@pytest.mark.parametrize("path", PAGES + OTHERS)
async def test_no_answer_may_be_taken_for_another_kind(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [*PAGES, *OTHERS, "/metrics"])
async def test_head_has_the_headers_of_get_and_no_body(browser: httpx.AsyncClient, path: str) -> None:
    got, head = await browser.get(path), await browser.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("path", PAGES)
async def test_pages_load_nothing_foreign_and_tell_nobody_their_address(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.get(path)
    assert page.status_code == 200
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    own, none = "'self'", "'none'"
    assert policy == {
        "default-src": none,
        "style-src": own,
        "img-src": own,
        "base-uri": none,
        "form-action": none,
        "frame-ancestors": none,
    }
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in page.text and " style=" not in page.text  # the policy would forbid them


@pytest.mark.parametrize("path", [*PAGES, "/patients/none", "/internal/patients/p1", "/internal/letters", "/metrics"])
async def test_no_cache_keeps_what_is_known_of_patients(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).headers["cache-control"] == "no-store"


async def test_fhir_answers_are_for_the_client_alone_and_can_be_asked_for_again(browser: httpx.AsyncClient) -> None:
    read = await browser.get("/fhir/Patient/p1")
    assert (read.headers["cache-control"], read.headers["etag"]) == ("private", 'W/"1"')
    again = await browser.get("/fhir/Patient/p1", headers={"If-None-Match": 'W/"1"'})
    assert (again.status_code, again.headers["cache-control"]) == (304, "private")
    assert (await browser.get("/fhir/Patient")).headers["cache-control"] == "private"


async def test_the_style_sheet_may_be_kept(browser: httpx.AsyncClient) -> None:
    sheet = await browser.get("/static/gateway.css")
    assert sheet.status_code == 200 and "cache-control" not in sheet.headers


async def test_a_list_may_come_in_several_lines(browser: httpx.AsyncClient, patient: Make) -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-5.3"""
    known = [("If-None-Match", 'W/"7"'), ("If-None-Match", 'W/"1"')]
    assert (await browser.get("/fhir/Patient/p1", headers=known)).status_code == 304
    wanted = [("Content-Type", "application/fhir+json"), ("If-Match", 'W/"7"'), ("If-Match", 'W/"1"')]
    changed = await browser.put("/fhir/Patient/p1", json=patient(id="p1", active=True), headers=wanted)
    assert changed.status_code == 200
