"""Payloads of real servers and converters, good and bad, sent as they are."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.api import Deployment
from gateway.store import Store


@pytest.fixture
def deployment(store: Store) -> Deployment:
    return Deployment(store, "1.2.3")


def payloads(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.json"))
    if not found:
        pytest.skip(f"no {folder.name} in the optional data folder")
    return found


async def test_malformed_payloads_are_answered_by_outcomes(client: httpx.AsyncClient, shared: Path) -> None:
    for file in payloads(shared / "corpus" / "malformed"):
        data = file.read_bytes()
        answer = await client.post(target(data), content=data)
        assert answer.status_code < 500, file.name
        if answer.status_code >= 400:
            assert answer.json()["issue"][0]["diagnostics"], file.name


def target(data: bytes) -> str:
    """Where a client would send it."""
    try:
        resource: Any = json.loads(data)
    except ValueError:
        return "Patient"
    if not isinstance(resource, dict):
        return "Patient"
    return "" if resource.get("type") in ("batch", "transaction") else str(resource.get("resourceType", "Patient"))


async def test_transactions_of_synthea_are_stored_whole(
    client: httpx.AsyncClient, deployment: Deployment, shared: Path
) -> None:
    sent = 0
    for file in payloads(shared / "corpus" / "synthea-smart-2019"):
        bundle = json.loads(file.read_bytes())
        answer = await client.post("", content=file.read_bytes())
        assert answer.status_code == 200, (file.name, answer.text[:500])
        assert {entry["response"]["status"] for entry in answer.json()["entry"]} == {"201 Created"}
        sent += len(bundle["entry"])
    assert sum((await deployment.store.resources.counts()).values()) == sent
    observations = (await client.get("Observation?_count=1000")).json()["entry"]
    subjects = {entry["resource"]["subject"]["reference"] for entry in observations}
    patients = {entry["resource"]["id"] for entry in (await client.get("Patient")).json()["entry"]}
    assert {subject.removeprefix("Patient/") for subject in subjects} <= patients
