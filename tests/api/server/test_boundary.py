"""What surrounds every request: size limits, tokens, request ids, logs, metrics, the last resort."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.api import Deployment, create
from gateway.store import Store
from tests.api.conftest import JSON
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]


def open_client(deployment: Deployment) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create(deployment), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway/fhir/", headers=JSON)


async def test_a_body_beyond_the_limit_is_refused_however_it_comes(
    client: httpx.AsyncClient, deployment: Deployment
) -> None:
    big = b'{"resourceType":"Patient"' + b" " * deployment.max_body + b"}"

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 50_000):
            yield big[start : start + 50_000]

    outcome(await client.post("Patient", content=big), 413, "too-long")
    outcome(await client.post("Patient", content=chunks()), 413, "too-long")
    squeezed = {"Content-Encoding": "gzip"}
    outcome(await client.post("Patient", content=gzip.compress(big), headers=squeezed), 413, "too-long")
    outcome(await client.post("Patient", content=b"{}", headers={"Content-Length": "9999999999"}), 413, "too-long")


async def test_gzip_is_understood_and_broken_gzip_refused(client: httpx.AsyncClient, patient: Make) -> None:
    squeezed = {"Content-Encoding": "gzip"}
    whole = gzip.compress(json.dumps(patient()).encode())
    assert (await client.post("Patient", content=whole, headers=squeezed)).status_code == 201
    outcome(await client.post("Patient", content=whole[:-12], headers=squeezed), 400, "invalid")
    outcome(await client.post("Patient", content=b"{}", headers=squeezed), 400, "invalid")
    outcome(await client.post("Patient", content=whole, headers={"Content-Encoding": "br"}), 415, "not-supported")


async def test_gzip_may_come_in_several_members(client: httpx.AsyncClient, patient: Make) -> None:
    squeezed = {"Content-Encoding": "gzip"}
    text = json.dumps(patient(active=True)).encode()
    members = gzip.compress(text[:20]) + gzip.compress(b"") + gzip.compress(text[20:])
    made = await client.post("Patient", content=members, headers=squeezed)
    assert made.status_code == 201 and made.json()["active"] is True
    outcome(await client.post("Patient", content=gzip.compress(text) + b"rest", headers=squeezed), 400, "invalid")
    bomb = b"".join(gzip.compress(b" " * 300_000) for _ in range(4))
    outcome(await client.post("Patient", content=bomb, headers=squeezed), 413, "too-long")


@pytest.fixture
async def guarded(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(Deployment(store, "1", tokens=("secret-1", "sécret-2"))) as client:
        yield client


async def test_with_tokens_configured_all_but_health_needs_one(guarded: httpx.AsyncClient) -> None:
    for url in ("Patient", "metadata", "/metrics", "/internal/letters", "/", "/nowhere"):
        refused = await guarded.get(url if not url.startswith("/") else f"http://gateway{url}")
        assert refused.status_code == 401, url
        assert refused.headers["www-authenticate"].startswith("Bearer")
    for path in ("/healthz", "/readyz"):
        assert (await guarded.get(f"http://gateway{path}")).status_code == 200


@pytest.mark.parametrize("authorization", ["Bearer secret-1", "bearer  secret-1", "Bearer sécret-2"])
async def test_any_token_opens(guarded: httpx.AsyncClient, authorization: str) -> None:
    answer = await guarded.get("Patient", headers={"Authorization": authorization.encode()})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer secret", "Basic secret-1", "secret-1", "Bearer secret-1x"]
)
async def test_another_token_does_not(guarded: httpx.AsyncClient, authorization: str) -> None:
    outcome(await guarded.get("Patient", headers={"Authorization": authorization}), 401, "login")


def test_tokens_do_not_show(store: Store) -> None:
    assert "secret" not in repr(Deployment(store, "1", tokens=("secret-1",)))


async def test_the_request_id_of_the_client_comes_back(client: httpx.AsyncClient) -> None:
    given = await client.get("Patient/1", headers={"X-Request-Id": "abc-123"})
    assert given.headers["x-request-id"] == "abc-123"
    for odd in ("", "a b", "x" * 200, "a\tb"):
        made = await client.get("Patient/1", headers={"X-Request-Id": odd})
        assert len(made.headers["x-request-id"]) == 36


async def test_the_log_names_the_route_and_nothing_of_the_patient(client: httpx.AsyncClient, patient: Make) -> None:
    with capture_logs() as lines:
        await client.put("Patient/hidden-id?x=hidden-query", json=patient(id="hidden-id"))
        await client.get("Patient?family=Muster")
        await client.get("Unknown-hidden/hidden-id/a/b/c/d")
    requests = [(line["method"], line["route"], line["status"]) for line in lines if line["event"] == "request"]
    assert requests == [("PUT", "/fhir/{type}/{id}", 201), ("GET", "/fhir/{type}", 200), ("GET", "none", 404)]
    assert "hidden" not in str(lines) and "Muster" not in str(lines)


async def test_metrics_count_by_route_and_hold_no_ids(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/hidden-id", json=patient(id="hidden-id"))
    await client.request("HIDDEN-METHOD", "Patient/1")
    text = (await client.get("http://gateway/metrics")).text
    assert 'gateway_http_requests_total{method="PUT",route="/fhir/{type}/{id}",status="201"} 1.0' in text
    assert 'gateway_resources_written_total{action="create"} 1.0' in text
    assert 'gateway_resources{type="Patient"} 1.0' in text
    assert "gateway_feed_head 1.0" in text
    assert "hidden" not in text.lower()


async def test_health_and_readiness_are_told(client: httpx.AsyncClient) -> None:
    assert (await client.get("http://gateway/healthz")).json() == {"status": "ok", "version": "1.2.3"}
    assert (await client.get("http://gateway/readyz")).json() == {"status": "ready"}


class Broken:
    """A store whose connection is lost."""

    def __getattr__(self, name: str) -> "Broken":
        return self

    async def __call__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("mongodb://user:password@host: Patient Muster")


async def test_an_unexpected_error_is_an_outcome_without_details() -> None:
    async with open_client(Deployment(Broken(), "1")) as client:  # type: ignore[arg-type]
        with capture_logs() as lines:
            issues = outcome(await client.get("Patient/1"), 500, "exception")
            elsewhere = await client.get("http://gateway/internal/letters")
            ready = await client.get("http://gateway/readyz")
    assert "Muster" not in str(issues) and "Muster" not in str(lines) and "password" not in str(lines)
    assert [line["error"] for line in lines if line["event"] == "unexpected error"] == ["RuntimeError"] * 2
    assert (elsewhere.status_code, elsewhere.headers["content-type"]) == (500, "application/problem+json")
    assert ready.status_code == 503


async def test_addresses_come_from_the_settings_or_the_request(store: Store, patient: Make) -> None:
    async with open_client(Deployment(store, "1", base_url="https://hospital.example/r4/")) as client:
        made = await client.post("Patient", json=patient())
        assert made.headers["location"].startswith("https://hospital.example/r4/Patient/")
    async with open_client(Deployment(store, "1")) as client:
        for host in ("hospital.example:8443", "[::1]:80"):
            made = await client.post("Patient", json=patient(), headers={"Host": host})
            assert made.headers["location"].startswith(f"http://{host}/fhir/Patient/")
        odd = await client.post("Patient", json=patient(), headers={"Host": 'evil"/<x>'})
        assert odd.headers["location"].startswith("http://gateway")


async def test_errors_outside_fhir_are_problems(client: httpx.AsyncClient) -> None:
    missing = await client.get("http://gateway/nowhere")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert resource(missing, 404)["title"] == "nothing is served at this address"
