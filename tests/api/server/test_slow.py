"""Clients that begin a body and do not go on: they are told, and the connection is given up."""

import asyncio
import json

import pytest
from fastapi import FastAPI

from gateway.api import Deployment, create
from gateway.store import Store
from tests.api.server.test_server import server as server  # the fixture

HEAD = b"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture
def app(store: Store) -> FastAPI:
    return create(Deployment(store, "1", patience=0.6))


@pytest.mark.parametrize("begun", [b"", b'{"resourceType":'])
async def test_a_body_that_stops_coming_is_not_waited_for(server: tuple[str, int], begun: bytes) -> None:
    reader, writer = await asyncio.open_connection(*server)
    writer.write(HEAD % 1000 + begun)
    head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")  # to its end: it is closed
    assert head.startswith(b"HTTP/1.1 408") and b"connection: close" in head.lower()
    assert json.loads(body)["issue"][0]["code"] == "timeout"
    writer.close()


async def test_a_body_that_comes_slowly_but_comes_is_taken(server: tuple[str, int]) -> None:
    body = json.dumps({"resourceType": "Patient", "name": [{"family": "Muster"}]}).encode()
    reader, writer = await asyncio.open_connection(*server)
    writer.write(HEAD % len(body))
    for start in range(0, len(body), 6):  # in all longer than the patience for one piece
        await asyncio.sleep(0.1)
        writer.write(body[start : start + 6])
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 10)
    assert answer.startswith(b"HTTP/1.1 201")
    writer.close()
