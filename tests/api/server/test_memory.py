"""All request bodies under way together: https://www.rfc-editor.org/rfc/rfc9110#status.503"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.memory import Memory
from tests.api.conftest import JSON
from tests.api.expect import outcome

Make = Callable[..., dict[str, Any]]


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    """At a gateway that holds 10,000 bytes of bodies."""
    app = create(replace(deployment, memory=Memory(10_000)))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/", headers=JSON
    ) as opened:
        yield opened


async def test_what_is_too_much_together_is_asked_to_come_again(client: httpx.AsyncClient, patient: Make) -> None:
    body, wait = json.dumps(patient(text={"status": "generated", "div": "x"})).encode(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b" " * 6_000
        await wait.wait()
        yield json.dumps(patient()).encode()

    first = asyncio.create_task(client.post("Patient", content=slow()))
    await asyncio.sleep(0.05)
    for content, headers in ((b" " * 6_000 + body, {}), (gzip.compress(b" " * 6_000), {"Content-Encoding": "gzip"})):
        refused = await client.post("Patient", content=content, headers=headers)
        outcome(refused, 503, "transient")
        assert (refused.headers["retry-after"], refused.headers["connection"]) == ("1", "close")
    assert (await client.post("Patient", json=patient())).status_code == 201
    wait.set()
    assert (await first).status_code == 201


async def test_what_was_taken_comes_back(client: httpx.AsyncClient, patient: Make) -> None:
    large = b" " * 6_000 + json.dumps(patient()).encode()
    for content, status in ((large, 201), (b" " * 6_000, 400), (large, 201)):
        assert (await client.post("Patient", content=content)).status_code == status
