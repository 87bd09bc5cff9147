"""What every test folder shares: a real MongoDB for the session, a fresh database per test, the optional data."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from pymongo import AsyncMongoClient

from gateway.mapping import Projection
from gateway.mapping.indexes import Index
from gateway.store import Store
from gateway.store.server import embedded

for _name in [name for name in os.environ if name.startswith("GATEWAY_")]:
    del os.environ[_name]  # a developer's own settings must not reach the tests

# Elsewhere these tests draw new data each time. A red run there must be about the change, and not about the draw.
settings.register_profile("ci", derandomize=True, max_examples=60)
if os.environ.get("CI"):
    settings.load_profile("ci")

PLAIN = "test_plain"


class NoMappings:
    """Mappings that map nothing, for tests that are not about internal documents."""

    collections: ClassVar[dict[str, str]] = {}
    stamps: ClassVar[dict[str, str]] = {}
    indexes: ClassVar[dict[str, tuple[Index, ...]]] = {}
    late: frozenset[str] = frozenset()

    def get(self, resource: object, /) -> tuple[Projection, ...]:
        return ()


@pytest.fixture(scope="session")
async def mongo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The URI of an embedded replica set."""
    async with embedded.start(tmp_path_factory.mktemp("data"), cache_gb=0.5) as running:
        yield running.uri


@pytest.fixture
def mappings() -> object:
    """Overridden by tests that need real mappings."""
    return NoMappings()


@pytest.fixture
async def database(mongo: str, mappings: object) -> str:
    """The name of an empty database: one that no other test uses, or without mappings always the same, as making its
    indexes takes longer than most tests."""
    if type(mappings) is not NoMappings:
        return f"test_{uuid.uuid4().hex[:12]}"
    async with AsyncMongoClient[dict[str, Any]](mongo) as client:
        emptied = client[PLAIN]
        names = await emptied.list_collection_names()
        await asyncio.gather(*(emptied[name].delete_many({}) for name in names))
        return PLAIN


@pytest.fixture
async def store(mongo: str, database: str, mappings: object) -> AsyncIterator[Store]:
    """A store on an empty database."""
    async with await Store.open(mongo, database, mappings) as opened:
        yield opened
        if database != PLAIN:
            await opened.drop()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with R4 definitions and real payloads that lies beside the repository on some machines."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the optional data folder ../shared is not here")
    return folder
