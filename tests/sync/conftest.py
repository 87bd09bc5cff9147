"""Gateways and odd servers on real sockets, each with a database of its own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from gateway.api import Deployment, create
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.store import Store
from gateway.store.layout.records import Stored, Write
from gateway.sync.partners import Partner
from gateway.sync.report import Report
from gateway.sync.run import run


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The address of `app` on a free port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[sock]))
        try:
            while not server.started:
                await asyncio.sleep(0.005)
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@dataclass
class Site:
    """One gateway: its name, its store, its FHIR base."""

    name: str
    store: Store
    url: str

    def partner(self, other: "Site | str", **settings: Any) -> Partner:
        """`other` as this site's partner."""
        name, url = (other.name, other.url) if isinstance(other, Site) else ("ehr", other)
        types = ("Patient", "Observation")
        return Partner(**{"name": name, "base_url": url, "types": types, "site": self.name} | settings)

    async def sync(self, other: "Site | str", **settings: Any) -> Report:
        report = await run(self.store, self.partner(other, **settings))
        assert report.ok, report.errors
        return report

    async def put(self, resource: Resource) -> Stored:
        """As an API client does."""
        [result] = await self.store.commit(Write(resource["resourceType"], resource["id"], resource, "api"))
        assert result.stored is not None
        return result.stored

    async def remove(self, type_: str, id_: str) -> None:
        await self.store.commit(Write(type_, id_, None, "api"))

    async def all(self, type_: str) -> list[Resource]:
        """Every live resource of a type."""
        changes = await self.store.feed.after(0, 100_000)
        stored = await self.store.resources.read_many({(one.type, one.id) for one in changes if one.type == type_})
        return [fhir_json.parse(one.body) for one in stored.values() if not one.deleted]

    async def edit(self, type_: str, id_: str, **elements: Any) -> Stored:
        stored = await self.store.resources.read(type_, id_)
        assert stored is not None
        return await self.put(fhir_json.parse(stored.body) | elements)


@pytest.fixture
async def sites(mongo: str, database: str, mappings: Any) -> AsyncIterator[Callable[[str], Any]]:
    """Opens a gateway under a name: `a = await sites("a")`."""
    async with AsyncExitStack() as stack:

        async def site(name: str) -> Site:
            store = await stack.enter_async_context(await Store.open(mongo, f"{database}_{name}", mappings))
            stack.push_async_callback(store.drop)
            root = await stack.enter_async_context(serving(create(Deployment(store, "1", site=name))))
            return Site(name, store, f"{root}/fhir")

        yield site


def patient(id_: str = "1", **elements: Any) -> Resource:
    return {"resourceType": "Patient", "id": id_, "name": [{"family": "Muster"}]} | elements


def observation(id_: str, subject: str = "Patient/1", **elements: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": subject},
    } | elements
