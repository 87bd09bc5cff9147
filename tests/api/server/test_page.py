"""Who looks at an address with a browser is answered with a page, errors included."""

from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.api.pages import pages
from tests.api.expect import outcome, resource

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def browser(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    app = create(deployment)
    pages.mount(app, deployment, ())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        yield client


@pytest.mark.parametrize("path", ["/patients/none", "/nowhere", "/patients/<script>", "/é", "/sign-in/x"])
async def test_a_page_that_is_not_there_is_a_page(browser: httpx.AsyncClient, path: str) -> None:
    missing = await browser.get(path, headers=BROWSER)
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>Not Found</h1>" in missing.text and 'href="/"' in missing.text and "<script" not in missing.text
    assert missing.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")


async def test_programs_and_their_addresses_get_what_programs_read(browser: httpx.AsyncClient) -> None:
    assert resource(await browser.get("/nowhere"), 404)["status"] == 404
    assert resource(await browser.get("/internal/patients/none", headers=BROWSER), 404)["status"] == 404
    outcome(await browser.get("/fhir/Patient/none?_format=json", headers=BROWSER), 404)


async def test_the_icon_is_there_and_pages_name_it(browser: httpx.AsyncClient) -> None:
    icon = await browser.get("/favicon.ico")
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")
    assert 'rel="icon"' in (await browser.get("/", headers=BROWSER)).text
