"""With tokens, pages are for who signed in; the session reads, and writes nothing."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network

import httpx
import pytest
from starlette.requests import Request

from gateway.api import Deployment, create
from gateway.api.pages import pages
from gateway.api.server import sign_in
from gateway.api.server.sign_in import GUESS_SECONDS, GUESSES, Guesses, local
from gateway.errors import TooManyRequests
from tests.api.expect import outcome

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGE = {**BROWSER, "Origin": "http://gateway", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def guarded(deployment: Deployment) -> Deployment:
    return replace(deployment, tokens=("first", "sécret & +2"), site="north")


@pytest.fixture
async def browser(guarded: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    app = create(guarded)
    pages.mount(app, guarded, ())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        yield client


async def sign(browser: httpx.AsyncClient, token: str = "first", next_: str = "/patients") -> httpx.Response:
    return await browser.post("/sign-in", data={"token": token, "next": next_}, headers=PAGE)


@pytest.mark.parametrize("path", ["/", "/patients", "/patients/p1?after=2", "/quality", "/api", "/nowhere"])
async def test_a_browser_is_led_to_the_form_and_from_there_where_it_wanted_to_go(
    browser: httpx.AsyncClient, path: str
) -> None:
    led = await browser.get(path, headers=BROWSER)
    assert led.status_code == 303 and led.headers["location"].startswith("/sign-in?next=/")
    form = await browser.get(led.headers["location"], headers=BROWSER)
    assert form.status_code == 200 and "form-action 'self'" in form.headers["content-security-policy"]
    [next_] = re.findall(r'name="next" value="([^"]*)"', form.text)
    assert next_ == path
    inside = await sign(browser, next_=next_)
    assert (inside.status_code, inside.headers["location"]) == (303, path)
    assert (await browser.get("/", headers=BROWSER)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/patients", "/fhir/Patient", "/internal/patients", "/metrics", "/nowhere"])
async def test_programs_are_told_401(browser: httpx.AsyncClient, path: str) -> None:
    refused = await browser.get(path)
    assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Bearer")


async def test_the_form_has_its_style_and_icon_before_anybody_signed_in(browser: httpx.AsyncClient) -> None:
    for path in ("/static/gateway.css", "/static/favicon.svg", "/favicon.ico"):
        assert (await browser.get(path)).status_code == 200


async def test_the_cookie_is_kept_from_scripts_and_other_sites_and_is_not_the_token(
    browser: httpx.AsyncClient,
) -> None:
    cookie = (await sign(browser, "sécret & +2")).headers["set-cookie"]
    assert cookie.startswith("gateway-north=") and "cret" not in cookie
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.lower().split("; "))
    assert "secure" not in cookie.lower() and "domain" not in cookie.lower()


async def test_behind_https_the_cookie_is_secure(guarded: Deployment) -> None:
    for deployment in (
        replace(guarded, base_url="https://hospital.example/fhir"),
        replace(guarded, proxies=(ip_network("127.0.0.0/8"),)),
    ):
        app = create(deployment)
        pages.mount(app, deployment, ())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
            told = {**PAGE, "X-Forwarded-Proto": "https"}
            answer = await client.post("/sign-in", data={"token": "first"}, headers=told)
        assert "; secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("token", ["", "First", "first ,", "sécret", "*"])
async def test_a_wrong_token_opens_nothing(browser: httpx.AsyncClient, token: str) -> None:
    refused = await sign(browser, token)
    assert refused.status_code == 401 and "not a token" in refused.text and "set-cookie" not in refused.headers
    assert (await browser.get("/", headers=BROWSER)).status_code == 303


async def test_a_session_reads_everything_and_writes_nothing(browser: httpx.AsyncClient) -> None:
    await sign(browser)
    for path in ("/", "/fhir/Patient", "/internal/patients", "/metrics"):
        answer = await browser.get(path, headers=PAGE)
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    sent = {**PAGE, "Accept": "application/fhir+json"}
    outcome(await browser.post("/fhir/Patient", json={"resourceType": "Patient"}, headers=sent), 401, "login")
    assert (await browser.patch("/internal/patients/x", json={}, headers=PAGE)).status_code == 401


async def test_signing_out_ends_it(browser: httpx.AsyncClient) -> None:
    await sign(browser)
    assert "Sign out" in (await browser.get("/sign-in", headers=BROWSER)).text
    left = await browser.post("/sign-out", headers=PAGE)
    assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
    assert (await browser.get("/", headers=BROWSER)).status_code == 303


async def test_other_pages_neither_sign_in_nor_out(browser: httpx.AsyncClient) -> None:
    evil = {**BROWSER, "Origin": "https://evil.example"}
    refused = await browser.post("/sign-in", data={"token": "first"}, headers=evil)
    assert refused.status_code == 403 and "set-cookie" not in refused.headers
    await sign(browser)
    refused = await browser.post("/sign-out", headers=evil)
    assert refused.status_code == 403 and "set-cookie" not in refused.headers


async def test_guessing_is_slowed_down_for_one_address_and_not_for_others(guarded: Deployment) -> None:
    app = create(guarded)
    pages.mount(app, guarded, ())

    def at(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url="http://gateway")

    async with at("192.0.2.1") as guesser, at("192.0.2.2") as other:
        statuses = [(await sign(guesser, f"guess {n}")).status_code for n in range(GUESSES + 3)]
        assert statuses == [401] * GUESSES + [429] * 3
        limited = await sign(guesser, "first")
        assert limited.status_code == 429 and "set-cookie" not in limited.headers
        assert limited.headers["retry-after"] == "60"
        assert (await sign(other, "first")).status_code == 303


def test_guesses_are_forgotten_in_time_and_their_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "_MAX_ADDRESSES", 50)
    guesses = Guesses()
    for _ in range(GUESSES):
        guesses.note("a", 1.0)
    with pytest.raises(TooManyRequests):
        guesses.note("a", 2.0)
    guesses.note("a", 2.0 + GUESS_SECONDS)
    for number in range(500):
        guesses.note(f"b{number}", 3.0)
    assert len(guesses._times) == 50


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({}, "10.0.0.1"),
        ({"x-forwarded-for": "198.51.100.9, 203.0.113.5"}, "203.0.113.5"),
        ({"x-forwarded-for": "203.0.113.5, 10.0.0.9"}, "203.0.113.5"),
        ({"forwarded": 'for="[2001:db8:1:2::3]:99"'}, "2001:db8:1:2::/64"),
    ],
)
def test_behind_a_trusted_proxy_the_client_counts(deployment: Deployment, headers: dict[str, str], client: str) -> None:
    trusting = replace(deployment, proxies=(ip_network("10.0.0.0/8"),))
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "headers": raw, "client": ("10.0.0.1", 1)})
    assert sign_in._client(request, trusting) == client


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example", "/\\evil.example", "", "javascript:1", "/a\r\nb", "/\tevil", "/é"],
)
def test_the_way_back_never_leads_elsewhere(address: str) -> None:
    assert local(address) == "/"


async def test_without_tokens_there_is_nothing_to_sign_in_to(deployment: Deployment) -> None:
    app = create(deployment)
    pages.mount(app, deployment, ())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        assert (await client.get("/sign-in")).headers["location"] == "/"
        assert (await client.post("/sign-in", data={"token": ""})).status_code == 401
