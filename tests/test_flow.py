"""The whole story once, on real parts: two gateways over HTTP, each on a database of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from gateway import app, listening, settings
from gateway.api.process.reloads import Reloads
from gateway.demo.hospital import bundles
from gateway.demo.post import post
from gateway.parts import Parts, open_parts
from gateway.shutdown import Shutdown
from gateway.sync.run import run


@dataclass(frozen=True)
class Site:
    parts: Parts
    http: httpx.AsyncClient
    url: str


@asynccontextmanager
async def site(mongo: str, database: str, name: str, partners: Path | None = None) -> AsyncIterator[Site]:
    """A gateway as `gateway serve` runs it, on a free port, its followers under way. Who has partners also scores."""
    options = {"mongo_uri": mongo, "database": database, "site": name, "port": 0, "partners": partners}
    chosen = settings.read(**options, scores=partners is not None)
    async with open_parts(chosen) as parts:
        config, stop = uvicorn.Config(app.web(parts, Reloads()), port=0, log_config=None), asyncio.Event()
        server = listening.Server(config, Shutdown())
        following = app.followers(parts, Reloads(), stop).values()
        tasks = [asyncio.create_task(server.serve()), *map(asyncio.create_task, following)]
        while not server.started:
            await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            yield Site(parts, http, url)
        server.should_exit = True
        stop.set()
        await asyncio.gather(*tasks)
        await parts.store.drop()


@pytest.fixture
async def hospitals(mongo: str, database: str, tmp_path: Path) -> AsyncIterator[tuple[Site, Site]]:
    """Ours, which knows the partner, and the partner."""
    async with AsyncExitStack() as stack:
        theirs = await stack.enter_async_context(site(mongo, f"{database}_b", "lakeside"))
        file = tmp_path / "partners.yaml"
        types = "types: [Patient, Encounter, Observation]"
        file.write_text(f"partners:\n  - {{name: lakeside, base_url: {theirs.url}/fhir, {types}}}\n")
        ours = await stack.enter_async_context(site(mongo, f"{database}_a", "northgate", file))
        yield ours, theirs


async def scored(where: Site) -> None:
    store = where.parts.store
    for _ in range(300):
        if await store.feed.position("risk") >= await store.feed.head():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the risk follower did not catch up")


async def count(where: Site, search: str) -> int:
    answer = await where.http.get(f"/fhir/{search}{'&' if '?' in search else '?'}_total=accurate&_count=0")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["total"])


async def test_bundles_become_documents_reach_the_partner_and_are_scored(hospitals: tuple[Site, Site]) -> None:
    ours, theirs = hospitals
    await post(f"{ours.url}/fhir", bundles(1, 6, 500, site="northgate"), lambda entries: None)
    await post(f"{theirs.url}/fhir", bundles(2, 4, 300, site="lakeside"), lambda entries: None)
    await scored(ours)
    here, there = await count(ours, "Patient"), await count(theirs, "Patient")
    assert (here, there) == (6, 4)

    # Each patient is also a document, and says which version it reflects.
    patients = (await ours.http.get("/fhir/Patient?_count=1")).json()["entry"]
    id_ = patients[0]["resource"]["id"]
    document = (await ours.http.get(f"/internal/patients/{id_}")).json()
    assert document["display_name"] and document["fhir"]["version"] == 1

    # Both ways, and a second run finds nothing to do: no echo, no doubles.
    (partner,) = ours.parts.partners
    report = await run(ours.parts.store, partner)
    assert report.ok and (report.conflicts, report.dead_letters) == (0, 0)
    assert await count(ours, "Patient") == await count(theirs, "Patient") == 10
    again = await run(ours.parts.store, partner)
    assert (again.pulled, again.pushed, again.conflicts, again.dead_letters) == (0, 0, 0, 0)

    # Scores rest on pinned versions and name the model that made them.
    await scored(ours)
    assessments = (await ours.http.get("/fhir/RiskAssessment?_count=200")).json()["entry"]
    assert assessments
    for entry in assessments:
        resource = entry["resource"]
        assert resource["meta"]["security"][0]["code"] == "AIAST"
        for reference in [resource["performer"]["reference"], *(b["reference"] for b in resource["basis"])]:
            assert (await ours.http.get(f"/fhir/{reference}")).status_code == 200, reference

    # What a patient's page shows is there, and the audit finds everything in agreement.
    page = await ours.http.get(f"/patients/{id_}")
    assert page.status_code == 200 and "Newest observations" in page.text
    audit = await ours.parts.store.audit()
    assert not audit.faults and audit.resources > 800
