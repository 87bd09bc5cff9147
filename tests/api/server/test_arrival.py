"""What happens to a request whose client leaves, sends too slowly, or does not take its answer."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers

from gateway.api import Deployment, create
from gateway.api.server.arrival import Arrival
from gateway.budget import Budget, Limits
from gateway.errors import Late
from gateway.memory import Memory
from gateway.store import Store
from tests.api.server.test_budgets import running, stopped
from tests.api.server.test_budgets import slow as slow  # the fixture
from tests.api.server.test_server import server as server  # the fixture
from tests.store.searching import patient, put

TEXT = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{"x" * 500_000}</div>'}


@pytest.fixture
def memory() -> Memory:
    return Memory(100_000_000)


@pytest.fixture
def app(store: Store, memory: Memory) -> FastAPI:
    return create(Deployment(store, "1", patience=0.6, memory=memory))


async def until(true: Callable[[], Any], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = true()
        if await found if asyncio.iscoroutine(found) else found:
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize("method", ["GET", "POST", "batch"])
async def test_the_work_of_a_client_that_left_ends_in_mongodb_too(
    server: tuple[str, int], store: Store, slow: None, method: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await put(store, *(patient(f"p{number}") for number in range(100)))
    body, head = b"", b"GET /fhir/Patient?_count=100 HTTP/1.1\r\nHost: x\r\n"
    if method == "POST":
        body, head = b"_count=100", b"POST /fhir/Patient/_search HTTP/1.1\r\nHost: x\r\n"
        head += b"Content-Type: application/x-www-form-urlencoded\r\n"
    if method == "batch":
        asked = [{"request": {"method": "GET", "url": "Patient?_count=100"}}] * 50
        body = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": asked}).encode()
        head = b"POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n"
    _, writer = await asyncio.open_connection(*server)
    writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert await until(lambda: running(store))
    writer.close()
    assert await stopped(store)
    assert await until(lambda: "status=0" in capsys.readouterr().out)  # nobody was answered
    assert not await running(store)


async def test_a_write_under_way_when_its_client_leaves_is_whole_or_not_at_all(
    server: tuple[str, int], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = [
        {"request": {"method": "PUT", "url": f"Patient/p{number}"}, "resource": patient(f"p{number}")}
        for number in range(300)
    ]
    body = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()
    head = b"POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n"
    for pause in (0.02, 0.1, 0.2, 0.4):
        before = await store.feed.head()
        _, writer = await asyncio.open_connection(*server)
        writer.write(head % len(body) + body)
        await writer.drain()
        await asyncio.sleep(pause)
        writer.close()
        assert await until(lambda: "status=" in capsys.readouterr().out, 30)  # it is over, whatever became of it
        assert await store.feed.head() - before in (0, 300)
        assert len(await store.resources.read_many([("Patient", f"p{number}") for number in range(300)])) in (0, 300)
    await put(store, patient("after"))  # the group commit goes on for others


async def test_an_answer_that_nobody_takes_is_given_up_and_its_memory_comes_back(
    server: tuple[str, int], store: Store, memory: Memory
) -> None:
    await put(store, *(patient(f"p{number}", text=TEXT) for number in range(30)))
    reader, writer = await asyncio.open_connection(*server, limit=1_000)
    writer.write(b"GET /fhir/Patient?_count=30 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await until(lambda: memory._left < 90_000_000)  # what it read is held as long as it is not taken
    assert await until(lambda: memory._left == 100_000_000)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        while True:
            await reader.readexactly(100_000)
    writer.close()


async def test_a_large_answer_that_is_taken_slowly_but_taken_arrives_whole(
    server: tuple[str, int], store: Store
) -> None:
    await put(store, *(patient(f"p{number}", text=TEXT) for number in range(4)))
    reader, writer = await asyncio.open_connection(*server, limit=1_000)
    writer.write(b"GET /fhir/Patient?_sort=_id HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    taken = b""
    while piece := await reader.read(100_000):
        taken += piece
        await asyncio.sleep(0.03)
    head, _, body = taken.partition(b"\r\n\r\n")
    assert int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) == len(body) > 2_000_000
    assert [one["resource"]["id"] for one in json.loads(body)["entry"]] == ["p0", "p1", "p2", "p3"]
    writer.close()


async def test_a_body_that_trickles_without_end_is_given_up() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    arrival = Arrival(receive, Headers({"content-length": "100000"}), 0.05, Budget(Limits()))
    with pytest.raises(Late):
        async with asyncio.timeout(5):
            while True:
                await arrival()
    arrival.close()


async def test_the_time_of_a_request_begins_when_it_has_arrived() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.3)
        return {"type": "http.request", "body": b"x", "more_body": False}

    own = Budget(Limits(seconds=0.2))
    arrival = Arrival(receive, Headers({"content-length": "1"}), 5, own)
    assert (await arrival())["body"] == b"x"
    own.check()
    arrival.close()
