"""What every test folder shares: a real MongoDB for the session, a fresh database per test, the optional data."""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import pytest

from gateway.mapping import Projection
from gateway.mapping.indexes import Index
from gateway.store import Store, embedded

for _name in [name for name in os.environ if name.startswith("GATEWAY_")]:
    del os.environ[_name]  # a developer's own settings must not reach the tests


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
def database() -> str:
    """A name no other test uses."""
    return f"test_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def mappings() -> object:
    """Overridden by tests that need real mappings."""
    return NoMappings()


@pytest.fixture
async def store(mongo: str, database: str, mappings: object) -> AsyncIterator[Store]:
    """A store on an empty database, dropped afterwards."""
    async with await Store.open(mongo, database, mappings) as opened:
        yield opened
        await opened.drop()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with R4 definitions and real payloads that lies beside the repository on some machines."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the optional data folder ../shared is not here")
    return folder
