"""PATCH as an entry of a Bundle: https://hl7.org/fhir/R4/http.html#patch"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.bundles.test_transaction import bundle, entry, observation, responses
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]
ONE = [{"system": "http://a.example", "value": "1"}]
KINDS = pytest.mark.parametrize("kind", ["batch", "transaction"])


def binary(patch: Any, media: str = "application/json-patch+json") -> dict[str, Any]:
    return {"resourceType": "Binary", "contentType": media, "data": b64encode(json.dumps(patch).encode()).decode()}


def parameters(kind: str, path: str, **value: Any) -> dict[str, Any]:
    part = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    part += [{"name": "value", **value}] if value else []
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}


SET_MALE = binary([{"op": "add", "path": "/gender", "value": "male"}])


@pytest.fixture
async def stored(client: httpx.AsyncClient, patient: Make) -> httpx.AsyncClient:
    assert (await client.put("Patient/p1", json=patient(id="p1", identifier=ONE, active=True))).status_code == 201
    return client


@KINDS
@pytest.mark.parametrize("url", ["Patient/p1", "Patient?identifier=http://a.example|1"])
@pytest.mark.parametrize(
    "patch",
    [
        binary([{"op": "replace", "path": "/active", "value": False}]),
        binary({"active": False}, "application/merge-patch+json"),
        parameters("replace", "Patient.active", valueBoolean=False),
    ],
)
async def test_each_form_works_by_id_and_by_condition(
    stored: httpx.AsyncClient, kind: str, url: str, patch: dict[str, Any]
) -> None:
    sent = bundle(entry("PATCH", url, patch), kind=kind)
    answer = await stored.post("", json=sent, headers={"Prefer": "return=representation"})
    [one] = resource(answer)["entry"]
    assert (one["response"]["status"], one["response"]["etag"]) == ("200 OK", 'W/"2"')
    assert one["response"]["location"] == "http://gateway/fhir/Patient/p1/_history/2"
    assert one["resource"]["active"] is False


@KINDS
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (entry("PATCH", "Patient/p1", binary([{"op": "test", "path": "/active", "value": False}])), 409),
        (entry("PATCH", "Patient/p1", binary([{"op": "add", "path": "/gender", "value": "x"}])), 422),
        (entry("PATCH", "Patient/p1", binary([{"op": "jump"}])), 400),
        (entry("PATCH", "Patient/p1", binary([], "text/plain")), 415),
        (entry("PATCH", "Patient/p1", {"resourceType": "Binary", "contentType": "application/json-patch+json"}), 400),
        (entry("PATCH", "Patient/p1", {**SET_MALE, "data": "?"}), 400),
        (entry("PATCH", "Patient/p1", {"resourceType": "Patient", "id": "p1"}), 400),
        (entry("PATCH", "Patient/p1", SET_MALE, ifMatch='W/"7"'), 412),
        (entry("PATCH", "Patient/nobody", SET_MALE), 404),
        (entry("PATCH", "Patient?identifier=none", SET_MALE), 404),
        (entry("PATCH", "Patient/p1/_history/1", SET_MALE), 405),
    ],
)
async def test_what_cannot_be_applied_is_told_by_its_entry(
    stored: httpx.AsyncClient, patient: Make, kind: str, sent: dict[str, Any], status: int
) -> None:
    answer = await stored.post("", json=bundle(entry("POST", "Device", {"resourceType": "Device"}), sent, kind=kind))
    if kind == "batch":
        made, failed = responses(answer)
        assert (made["status"], failed["status"][:3]) == ("201 Created", str(status))
        issues = failed["outcome"]["issue"]
    else:
        issues = outcome(answer, status)
        assert resource(await stored.get("Device"))["total"] == 0
    assert issues[0]["expression"][0].startswith("Bundle.entry[1].")
    assert resource(await stored.get("Patient/p1"))["meta"]["versionId"] == "1"


async def test_a_patch_may_refer_to_what_the_transaction_makes(stored: httpx.AsyncClient) -> None:
    urn = "urn:uuid:00000000-0000-4000-8000-000000000001"
    change = [{"op": "add", "path": "/generalPractitioner", "value": [{"reference": urn}]}]
    sent = bundle(
        entry("PATCH", "Patient/p1", binary(change), ifMatch='W/"1"'),
        entry("POST", "Practitioner", {"resourceType": "Practitioner"}, urn),
        entry("POST", "Observation", observation("Patient/p1")),
    )
    patched, made, _ = responses(await stored.post("", json=sent))
    reference = resource(await stored.get(patched["location"]))["generalPractitioner"][0]["reference"]
    assert made["location"] == f"http://gateway/fhir/{reference}/_history/1"
    twice = bundle(entry("PATCH", "Patient/p1", SET_MALE), entry("DELETE", "Patient/p1"))
    outcome(await stored.post("", json=twice), 400)


async def test_concurrent_transactions_lose_no_patch(stored: httpx.AsyncClient) -> None:
    def sent(n: int) -> dict[str, Any]:
        change = [{"op": "add", "path": "/name/-", "value": {"family": f"N{n}"}}]
        return bundle(entry("PATCH", "Patient/p1", binary(change)), entry("POST", "Device", {"resourceType": "Device"}))

    answers = await asyncio.gather(*(stored.post("", json=sent(n)) for n in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    families = {name["family"] for name in resource(await stored.get("Patient/p1"))["name"]}
    assert families == {"Muster", *(f"N{n}" for n in range(6))}
    assert resource(await stored.get("Device"))["total"] == 6
