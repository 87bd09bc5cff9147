"""Without tokens only requests for names that are surely ours are answered: a page in a browser cannot reach us."""

from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.store import Store
from tests.api.expect import outcome, resource


@pytest.fixture
async def local(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create(Deployment(store, "1", hosts=frozenset({"hospital.example"}))))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/") as client:
        yield client


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.8.8.8:1", "[::1]", "[::1]:8080", "Hospital.example:8443"],
)
async def test_loopback_and_the_names_given_are_answered_on_any_port(local: httpx.AsyncClient, host: str) -> None:
    assert (await local.get("/fhir/Patient", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "0.0.0.0:8080",
        "192.0.2.1",
        "[2001:db8::1]:8080",
        "localhost:8080:1",
        "",
    ],
)
async def test_any_other_name_is_misdirected(local: httpx.AsyncClient, host: str) -> None:
    outcome(await local.post("/fhir/Patient", headers={"Host": host}, json={}), 421, "security")
    for path in ("/", "/patients", "/internal/letters", "/metrics", "/nowhere"):
        refused = await local.get(path, headers={"Host": host})
        assert resource(refused, 421)["status"] == 421
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_is_told_to_everyone(local: httpx.AsyncClient, path: str) -> None:
    assert (await local.get(path, headers={"Host": "10.0.0.7:8080"})).status_code == 200


async def test_without_a_list_any_name_is_answered(client: httpx.AsyncClient) -> None:
    assert (await client.get("Patient", headers={"Host": "any.example"})).status_code == 200
