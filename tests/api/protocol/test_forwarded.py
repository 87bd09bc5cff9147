"""Addresses told by proxies: believed of those that are trusted, and good for links only."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from gateway.api import Deployment, create
from gateway.api.protocol.forwarded import HOST, Address, address
from gateway.store import Store
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]
TRUSTED = tuple(map(ip_network, ("10.0.0.0/8", "192.0.2.1", "2001:db8::/32")))
DIRECT = Address("http", "gateway:8080")


def told(headers: dict[str, str], peer: str = "10.1.1.1") -> str:
    found = address(peer, Headers(headers), TRUSTED, DIRECT)
    return f"{found.scheme}://{found.host}{found.prefix}"


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({}, "http://gateway:8080"),
        ({"Forwarded": "host=fhir.example;proto=https"}, "https://fhir.example"),
        ({"Forwarded": 'for=203.0.113.9; Proto=HTTPS; Host="fhir.example:8443"'}, "https://fhir.example:8443"),
        ({"Forwarded": "proto=https"}, "https://gateway:8080"),
        ({"Forwarded": "for=203.0.113.9;host=evil.example, for=203.0.113.9;host=fhir.example"}, "http://fhir.example"),
        ({"Forwarded": "host=evil.example, host=a.example;for=1.1.1.1, for=10.2.2.2;host=b"}, "http://a.example"),
        ({"Forwarded": 'host=a.example;for=x, for="[2001:db8::1]:47"'}, "http://a.example"),
        ({"Forwarded": "host=fhir.example", "X-Forwarded-Host": "other.example"}, "http://fhir.example"),
        ({"X-Forwarded-Host": "fhir.example", "X-Forwarded-Proto": "https"}, "https://fhir.example"),
        ({"X-Forwarded-Host": "fhir.example:8443", "X-Forwarded-Port": "443"}, "http://fhir.example:8443"),
        ({"X-Forwarded-Host": "fhir.example", "X-Forwarded-Port": "8443"}, "http://fhir.example:8443"),
        (
            {"X-Forwarded-Host": "fhir.example", "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"},
            "https://fhir.example",
        ),
        ({"X-Forwarded-Port": "9000"}, "http://gateway:9000"),
        ({"X-Forwarded-Host": "[2001:db8::2]", "X-Forwarded-Port": "9000"}, "http://[2001:db8::2]:9000"),
        ({"X-Forwarded-Prefix": "/hospital/a"}, "http://gateway:8080/hospital/a"),
        ({"X-Forwarded-Prefix": "/hospital/"}, "http://gateway:8080/hospital"),
        ({"X-Forwarded-Host": "evil.example, fhir.example"}, "http://fhir.example"),
        ({"X-Forwarded-Host": "a.example, b.example", "X-Forwarded-For": "1.1.1.1, 10.2.2.2"}, "http://a.example"),
    ],
)
def test_the_address_asked_for_is_what_a_trusted_proxy_says(headers: dict[str, str], base: str) -> None:
    assert told(headers) == base


@pytest.mark.parametrize(
    "headers",
    [
        {"Forwarded": "host="},
        {"Forwarded": 'host="a b"'},
        {"Forwarded": "host=a/b"},
        {"Forwarded": "host=user@a.example"},
        {"Forwarded": 'host="a.example'},
        {"Forwarded": "nonsense"},
        {"Forwarded": "proto=javascript"},
        {"Forwarded": "host=a.example;" * 500},
        {"X-Forwarded-Host": "a.example/x"},
        {"X-Forwarded-Host": "<script>"},
        {"X-Forwarded-Proto": "ftp"},
        {"X-Forwarded-Port": "0"},
        {"X-Forwarded-Port": "65536"},
        {"X-Forwarded-Port": "-1"},
        {"X-Forwarded-Port": "٣"},
        {"X-Forwarded-Prefix": "hospital"},
        {"X-Forwarded-Prefix": "/a/../b"},
        {"X-Forwarded-Prefix": "//evil.example"},
        {"X-Forwarded-Prefix": "/a?b"},
        {"X-Forwarded-Prefix": "/"},
    ],
)
def test_what_is_no_address_is_ignored(headers: dict[str, str]) -> None:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    assert address("10.1.1.1", Headers(raw=raw), TRUSTED, DIRECT) == DIRECT


@pytest.mark.parametrize("peer", ["", "testclient", "11.0.0.1", "192.0.2.2", "::1", "2001:db9::1", "10.0.0.0/8"])
def test_anybody_else_is_not_believed(peer: str) -> None:
    assert told({"Forwarded": "host=a.example", "X-Forwarded-Host": "b.example"}, peer) == "http://gateway:8080"


@pytest.mark.parametrize("peer", ["10.255.0.1", "192.0.2.1", "2001:db8::5", "::ffff:10.0.0.1"])
def test_those_who_are_named_are_believed(peer: str) -> None:
    assert told({"Forwarded": "host=a.example"}, peer) == "http://a.example"


@given(st.dictionaries(st.sampled_from(["forwarded", "x-forwarded-host", "x-forwarded-port"]), st.text()))
def test_whatever_is_told_the_host_is_one(headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert HOST.fullmatch(address("10.1.1.1", Headers(raw=raw), TRUSTED, DIRECT).host)


PROXY = {"X-Forwarded-Host": "fhir.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/h"}


def behind(store: Store, **options: Any) -> httpx.AsyncClient:
    app = create(Deployment(store, "1", **options))
    transport = httpx.ASGITransport(app, client=("10.0.0.1", 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost/fhir/", headers=PROXY)


@pytest.fixture
async def proxied(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with behind(store, proxies=TRUSTED, hosts=frozenset[str]()) as client:
        yield client


async def test_links_and_locations_lead_through_the_proxy(proxied: httpx.AsyncClient, patient: Make) -> None:
    base = "https://fhir.example/h/fhir"
    json = {"Content-Type": "application/fhir+json"}
    made = await proxied.put("Patient/p1", json=patient(id="p1"), headers=json)
    assert made.headers["location"] == f"{base}/Patient/p1/_history/1"
    found = resource(await proxied.get("Patient?_id=p1"))
    assert found["entry"][0]["fullUrl"] == f"{base}/Patient/p1"
    assert all(link["url"].startswith(f"{base}/Patient?") for link in found["link"])
    assert resource(await proxied.get("metadata"))["implementation"]["url"] == base


async def test_who_is_answered_depends_on_the_host_that_was_asked(proxied: httpx.AsyncClient) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"}
    outcome(await proxied.get("Patient", headers=forged), 421, "security")


async def test_without_trusted_proxies_nobody_is_believed(store: Store) -> None:
    async with behind(store) as client:
        assert resource(await client.get("metadata"))["implementation"]["url"] == "http://localhost/fhir"


async def test_the_base_url_that_is_configured_stands(store: Store) -> None:
    async with behind(store, proxies=TRUSTED, base_url="https://configured.example/fhir") as client:
        assert resource(await client.get("metadata"))["implementation"]["url"] == "https://configured.example/fhir"
