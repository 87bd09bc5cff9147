"""The stores that the tests of searching share."""

from collections.abc import AsyncIterator

import pytest

from gateway.store import Store
from tests.store.searching import HOSPITAL, NoMappings, put


@pytest.fixture(scope="session")
async def hospital(mongo: str) -> AsyncIterator[Store]:
    """A few resources that no test changes."""
    async with await Store.open(mongo, "search_hospital", NoMappings()) as opened:
        await put(opened, *HOSPITAL)
        yield opened
        await opened.drop()
