"""The pages about the API: what a person and a program find, and what a browser may run there."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from gateway.api import Deployment, create
from gateway.api.pages import pages


@pytest.fixture
def app(deployment: Deployment) -> FastAPI:
    application = create(deployment)
    pages.mount(application, deployment, ())
    return application


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers={"Accept": "text/html,*/*;q=0.8"}
    ) as opened:
        yield opened


async def test_the_page_of_the_api_leads_to_both_parts(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/api")).text
    for link in (
        "/api/fhir",
        "/api/internal",
        "/api/fhir/openapi.json",
        "/api/internal/openapi.json",
        "/fhir/metadata",
    ):
        assert f'href="{link}"' in page
        assert (await browser.get(link)).status_code == 200


@pytest.mark.parametrize("part", ["fhir", "internal"])
async def test_a_swagger_page_runs_files_of_this_server_and_no_inline_script(
    browser: httpx.AsyncClient, part: str
) -> None:
    answer = await browser.get(f"/api/{part}")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'none'",
    }
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=|javascript:", answer.text)
    files = re.findall(r'(?:src|href)="(/(?:api/swagger-ui|static)/[^"]+)"', answer.text)
    assert {"/api/swagger-ui/swagger-ui-bundle.js", "/api/swagger-ui/swagger-ui.css", "/static/swagger.js"} <= {*files}
    for file in files:
        found = await browser.get(file)
        assert found.status_code == 200 and found.headers["X-Content-Type-Options"] == "nosniff"
    assert f'data-document="/api/{part}/openapi.json"' in answer.text


async def test_scripts_are_served_as_scripts(browser: httpx.AsyncClient) -> None:
    for file in ("/api/swagger-ui/swagger-ui-bundle.js", "/static/swagger.js"):
        assert (await browser.get(file)).headers["Content-Type"].startswith("text/javascript")


async def test_the_documents_are_json_of_the_running_version(browser: httpx.AsyncClient) -> None:
    for part, path in (("fhir", "/fhir/{type}/{id}"), ("internal", "/internal/{collection}/{id}")):
        document = (await browser.get(f"/api/{part}/openapi.json")).json()
        assert document["openapi"] == "3.1.0" and document["info"]["version"] == "1.2.3"
        assert path in document["paths"]


async def test_nothing_else_is_below_api(browser: httpx.AsyncClient) -> None:
    for path in ("/api/else", "/api/swagger-ui/index.html", "/api/swagger-ui/..%2f__init__.py"):
        assert (await browser.get(path)).status_code == 404
