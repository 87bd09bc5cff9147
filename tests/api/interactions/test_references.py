"""References to resources that are not here: reported, or refused where `GATEWAY_REFERENCES` says so."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.store import Store
from tests.api.bundles.test_transaction import bundle, entry, observation, responses
from tests.api.conftest import JSON
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]
TELL = {"Prefer": "return=OperationOutcome"}


@pytest.fixture
async def strict(deployment: Deployment, patient: Make) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway that refuses, with Patient/p1."""
    transport = httpx.ASGITransport(create(replace(deployment, references="refuse")))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway/fhir/", headers=JSON) as client:
        assert (await client.put("Patient/p1", json=patient(id="p1"))).status_code == 201
        yield client


async def test_who_asks_is_told_what_leads_nowhere(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/gone", json=patient(id="gone"))
    await client.delete("Patient/gone")
    sent = observation("Patient/gone", performer=[{"reference": "http://gateway/fhir/Practitioner/x/_history/2"}])
    sent |= {"encounter": {"reference": "http://elsewhere/fhir/Encounter/1"}, "device": {"display": "a scale"}}
    done, *found = outcome(await client.post("Observation", json=sent, headers=TELL), 201, "informational")
    assert done["severity"] == "information"
    assert [(one["severity"], one["code"], one["expression"]) for one in found] == [
        ("warning", "not-found", ["Observation.subject.reference"]),
        ("warning", "not-found", ["Observation.performer[0].reference"]),
    ]
    told = responses(await client.post("", json=bundle(entry("POST", "Observation", sent)), headers=TELL))
    assert len(told[0]["outcome"]["issue"]) == 3


async def test_the_store_lists_what_leads_nowhere(client: httpx.AsyncClient, store: Store, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    for n, subject in enumerate(
        ["Patient/p1", "Patient/none", "Patient/none/_history/2", "Group/1", "http://else/Patient/2"]
    ):
        await client.put(f"Observation/o{n}", json=observation(subject, id=f"o{n}"))
    found = {(one.type, one.parameter, one.target, one.count) for one in await store.resources.loose_references()}
    assert found == {("Observation", "subject", "Patient", 2), ("Observation", "subject", "Group", 1)}


async def test_dangling_references_are_refused_by_their_paths(strict: httpx.AsyncClient) -> None:
    sent = observation("Patient/nobody", performer=[{"reference": "Patient/p1"}, {"reference": "Practitioner/x"}])
    sent["extension"] = [{"url": "http://a/x", "valueReference": {"reference": "Device/none"}}]
    issues = outcome(await strict.post("Observation", json=sent), 422, "not-found")
    assert sorted(one["expression"][0] for one in issues) == [
        "Observation.extension[0].valueReference.reference",
        "Observation.performer[1].reference",
        "Observation.subject.reference",
    ]
    [issue] = outcome(
        await strict.post(
            "",
            json=bundle(
                entry("POST", "Device", {"resourceType": "Device"}),
                entry("POST", "Observation", observation("Patient/nobody")),
            ),
        ),
        422,
    )
    assert issue["expression"] == ["Bundle.entry[1].resource.subject.reference"]
    failed, made = responses(
        await strict.post(
            "",
            json=bundle(
                entry("POST", "Observation", observation("Patient/nobody")),
                entry("POST", "Observation", observation("Patient/p1")),
                kind="batch",
            ),
        )
    )
    assert failed["outcome"]["issue"][0]["expression"] == ["Bundle.entry[0].resource.subject.reference"]
    assert (failed["status"][:3], made["status"]) == ("422", "201 Created")
    assert resource(await strict.get("Device?_summary=count"))["total"] == 0


async def test_resources_of_a_transaction_may_refer_to_each_other(strict: httpx.AsyncClient, patient: Make) -> None:
    urn = "urn:uuid:00000000-0000-4000-8000-000000000001"
    circular = bundle(
        entry("POST", "Observation", observation(urn)),
        entry("POST", "Patient", patient(link=[{"other": {"reference": "Patient/p2"}, "type": "seealso"}]), urn),
        entry("PUT", "Patient/p2", patient(id="p2", link=[{"other": {"reference": urn}, "type": "seealso"}])),
    )
    assert [one["status"] for one in responses(await strict.post("", json=circular))] == ["201 Created"] * 3


async def test_what_is_referred_to_is_not_deleted(strict: httpx.AsyncClient) -> None:
    for name in ("a", "b"):
        resource(await strict.put(f"Observation/{name}", json=observation("Patient/p1", id=name)), 201)
    for url in ("Patient/p1", "Patient?_id=p1"):
        [issue] = outcome(await strict.delete(url), 409, "conflict")
        assert issue["diagnostics"] == "Patient/p1 is referred to by 2 resources"
    outcome(await strict.post("", json=bundle(entry("DELETE", "Patient/p1"), entry("DELETE", "Observation/a"))), 409)
    still = bundle(
        entry("DELETE", "Patient/p1"),
        entry("DELETE", "Observation/a"),
        entry("PUT", "Observation/b", observation("Patient/p1", id="b", note=[{"text": "still"}])),
    )
    assert (await strict.post("", json=still)).status_code in (409, 422)
    all_of_it = bundle(*(entry("DELETE", url) for url in ("Patient/p1", "Observation/a", "Observation/b")))
    assert len(responses(await strict.post("", json=all_of_it))) == 3
    outcome(await strict.delete("Patient/p1"), 200)


async def test_a_patch_is_held_to_it_as_well(strict: httpx.AsyncClient) -> None:
    change = [{"op": "add", "path": "/generalPractitioner", "value": [{"reference": "Practitioner/none"}]}]
    headers = {"Content-Type": "application/json-patch+json"}
    [issue] = outcome(await strict.patch("Patient/p1", json=change, headers=headers), 422, "not-found")
    assert issue["expression"] == ["Patient.generalPractitioner[0].reference"]


async def test_a_delete_and_new_references_at_once_never_both_succeed(strict: httpx.AsyncClient, patient: Make) -> None:
    for n in range(8):
        await strict.put(f"Patient/r{n}", json=patient(id=f"r{n}"))
        made, deleted = await asyncio.gather(
            strict.post("Observation", json=observation(f"Patient/r{n}")), strict.delete(f"Patient/r{n}")
        )
        assert (made.status_code, deleted.status_code) in ((201, 409), (422, 200))
