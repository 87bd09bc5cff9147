"""Web pages use the FHIR interface only from origins that the operator named."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.api import Deployment, create
from tests.api.expect import outcome, resource

PAGE = {"Origin": "https://app.example"}
OTHER = {"Origin": "https://evil.example"}
ASKS = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,if-match,prefer"}
BEARER = {"Authorization": "Bearer secret"}
ALLOWED = "access-control-allow-origin"


@pytest.fixture
async def shared(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    app = create(replace(deployment, origins=("https://app.example",), tokens=("secret",)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway/") as opened:
        yield opened


async def test_a_browser_is_told_beforehand_without_a_token(shared: httpx.AsyncClient) -> None:
    answer = await shared.options("fhir/Patient/p1", headers=PAGE | ASKS)
    assert answer.status_code == 200 and answer.headers[ALLOWED] == "https://app.example"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == ASKS["Access-Control-Request-Headers"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_its_page_reads_answers_and_their_headers(
    shared: httpx.AsyncClient, patient: Callable[..., dict[str, Any]]
) -> None:
    made = await shared.post("fhir/Patient", json=patient(), headers=PAGE | BEARER)
    assert made.status_code == 201 and made.headers[ALLOWED] == "https://app.example"
    assert {"ETag", "Location"} <= set(made.headers["access-control-expose-headers"].split(", "))
    assert {"Accept", "Origin"} <= set(made.headers["vary"].split(", "))
    refused = await shared.get("fhir/Patient", headers=PAGE)
    outcome(refused, 401, "login")
    assert refused.headers[ALLOWED] == "https://app.example"  # else the page could not tell why
    assert resource(await shared.get("fhir/metadata", headers=BEARER))["rest"][0]["security"]["cors"] is True


async def test_others_and_other_addresses_are_not_shared(shared: httpx.AsyncClient) -> None:
    for path, origin in (("fhir/Patient", OTHER), ("internal/patients", PAGE), ("metrics", PAGE), ("fhirs", PAGE)):
        assert ALLOWED not in (await shared.get(path, headers=origin | BEARER)).headers
        assert ALLOWED not in (await shared.options(path, headers=origin | ASKS)).headers


async def test_nobody_is_by_default(client: httpx.AsyncClient) -> None:
    assert ALLOWED not in (await client.get("Patient", headers=PAGE)).headers
    assert ALLOWED not in (await client.options("Patient", headers=PAGE | ASKS)).headers
    assert resource(await client.get("metadata"))["rest"][0]["security"]["cors"] is False
