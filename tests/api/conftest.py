"""The application on a real store, spoken to over ASGI."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.api import Deployment, create
from gateway.mapping import Mappings
from gateway.store import Store
from gateway.store.layout.create import begin_feed

JSON = {"Content-Type": "application/fhir+json"}


@pytest.fixture(scope="session")
async def opened(mongo: str) -> AsyncIterator[Store]:
    """One store for all tests: making its indexes takes longer than most tests."""
    mappings = Mappings.load(Path(__file__).parents[2] / "mappings")
    async with await Store.open(mongo, "test_api", mappings) as opened:
        yield opened
        await opened.drop()


@pytest.fixture
async def store(opened: Store) -> Store:
    """Empty."""
    names = await opened.database.list_collection_names()
    await asyncio.gather(*(opened.database[name].delete_many({}) for name in names))
    await begin_feed(opened.database)
    return opened


@pytest.fixture
def deployment(store: Store) -> Deployment:
    return Deployment(store, "1.2.3", max_body=1_000_000, max_entries=500)


@pytest.fixture
def app(deployment: Deployment) -> FastAPI:
    return create(deployment)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """At http://gateway/fhir/; sends FHIR JSON."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway/fhir/", headers=JSON) as opened:
        yield opened


@pytest.fixture
def patient() -> Callable[..., dict[str, Any]]:
    """A small valid Patient with more elements as given."""

    def make(**elements: Any) -> dict[str, Any]:
        return {"resourceType": "Patient", "name": [{"family": "Muster", "given": ["Eva"]}], **elements}

    return make
