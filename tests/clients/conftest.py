"""A gateway as a process on a real port, for clients that others wrote."""

import asyncio
import json
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
async def server(mongo: str) -> AsyncIterator[str]:
    """The root of its FHIR interface. All tests share it: each works on what has its own `mark`."""
    settings = {"GATEWAY_MONGO_URI": mongo, "GATEWAY_DATABASE": "test_clients", "GATEWAY_SCORES": "false"}
    command = [sys.executable, "-m", "gateway", "serve", "--port", "0"]
    running = await asyncio.create_subprocess_exec(
        *command, stderr=asyncio.subprocess.PIPE, env={**os.environ, **settings}
    )
    assert running.stderr is not None
    said = json.loads(await running.stderr.readline())
    drained = asyncio.create_task(running.stderr.read())  # a full pipe would stop it
    yield said["url"] + "/fhir"
    running.send_signal(signal.SIGTERM)
    await asyncio.wait_for(running.wait(), 30)
    await drained


@pytest.fixture
def mark() -> str:
    """What the resources of one test have and no others."""
    return uuid.uuid4().hex[:12]


@pytest.fixture
def person(mark: str) -> dict[str, Any]:
    """A Patient found by `identifier=urn:test|<mark>`, without its type, as clients take it."""
    return {
        "identifier": [{"system": "urn:test", "value": mark}],
        "name": [{"family": f"Muster{mark}", "given": ["Eva"]}],
        "birthDate": "1980-03-01",
    }
