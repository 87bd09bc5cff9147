"""Edits of internal documents reach partners as any other change does: once, and without an echo."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.mapping import Mappings
from gateway.sync.identity import local_id
from tests.sync.conftest import patient


@pytest.fixture
def mappings() -> object:
    return Mappings.load(Path(__file__).parents[2] / "mappings")


async def edit(site: Any, id_: str, change: bytes) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    address = f"{site.url.removesuffix('/fhir')}/internal/patients/{id_}"
    async with httpx.AsyncClient() as client:
        answer = await client.patch(address, content=change, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_an_edit_of_a_document_reaches_the_partner_once_and_does_not_come_back(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await a.put(patient("1"))
    await a.sync(b)
    await edit(a, "1", b'{"sex":"female"}')
    [*_, change] = await a.store.feed.after(0, 10)
    assert change.origin == "internal"
    assert (await a.sync(b)).pushed == 1
    [there] = await b.all("Patient")
    assert there["gender"] == "female"
    for _ in range(2):
        for one, other in ((b, a), (a, b)):
            report = await one.sync(other)
            assert (report.pulled, report.pushed, report.conflicts, report.dead_letters) == (0, 0, 0, 0)
    assert (await a.store.feed.head(), await b.store.feed.head()) == (2, 2)


async def test_an_edit_of_a_copy_travels_to_its_owner(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("1"))
    await a.sync(b)
    await edit(a, local_id("b", "Patient", "1"), b'{"birth_date":"1970-01-01"}')
    assert (await a.sync(b)).pushed == 1
    [owned] = await b.all("Patient")
    assert owned["id"] == "1" and owned["birthDate"] == "1970-01-01" and "source" not in owned.get("meta", {})
    assert (await a.sync(b)).pulled == 0
