"""The application behind a real server on a real socket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from gateway.api.server import wire
from gateway.api.server.wire import MAX_HEAD, Wire
from tests.api.conftest import JSON
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[tuple[str, int]]:
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, http=Wire, log_config=None, access_log=False))
    task = asyncio.create_task(running.serve(sockets=[listening]))
    while not running.started:
        await asyncio.sleep(0.01)
    yield listening.getsockname()[:2]
    running.should_exit = True
    await task


async def test_a_round_trip_over_a_socket(server: tuple[str, int], patient: Make) -> None:
    async with httpx.AsyncClient(base_url=f"http://{server[0]}:{server[1]}/fhir/", headers=JSON) as client:
        made = await client.post("Patient", json=patient())
        read = await client.get(made.headers["location"])
        head = await client.head(made.headers["location"])
        assert read.content == made.content
        assert (head.content, head.headers["content-length"]) == (b"", str(len(read.content)))
        minimal = await client.put("Patient/p1", json=patient(id="p1"), headers={"Prefer": "return=minimal"})
        assert (minimal.status_code, minimal.headers["content-length"]) == (201, "0")
        unchanged = await client.get("Patient/p1", headers={"If-None-Match": 'W/"1"'})
        assert unchanged.status_code == 304
        outcome(await client.get("Patient/%00"), 404)


async def test_an_endless_body_is_cut_off(server: tuple[str, int]) -> None:
    """As soon as it is too large. No more than that is sent here: an answer that meets what is still on its way may be
    lost (RFC 9112 9.6)."""
    reader, writer = await asyncio.open_connection(*server)
    writer.write(b"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n")
    writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(10):
        writer.write(b"186a0\r\n" + b" " * 100_000 + b"\r\n")
        await writer.drain()
    writer.write(b"1\r\n \r\n")
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"413" not in await reader.read()  # which ends: the connection is closed
    writer.close()


async def test_a_body_shorter_than_announced_stores_nothing(server: tuple[str, int], patient: Make) -> None:
    body = json.dumps(patient()).encode()
    reader, writer = await asyncio.open_connection(*server)
    writer.write(b"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n")
    writer.write(b"Content-Length: %d\r\n\r\n" % (len(body) + 9) + body)
    writer.write_eof()
    await reader.read()
    writer.close()
    async with httpx.AsyncClient(base_url=f"http://{server[0]}:{server[1]}/fhir/", headers=JSON) as client:
        assert resource(await client.get("Patient?_summary=count"))["total"] == 0


@pytest.mark.parametrize(
    ("start", "status"),
    [(b"GET /fhir/Patient?name=", b"414"), (b"GET /fhir/Patient HTTP/1.1\r\nHost: x\r\nX-Long: ", b"431")],
)
async def test_an_endless_head_is_cut_off(server: tuple[str, int], start: bytes, status: bytes) -> None:
    reader, writer = await asyncio.open_connection(*server)
    writer.write(start)

    async def send_for_ever() -> None:
        while True:
            writer.write(b"a" * 65_536)
            await writer.drain()

    sending = asyncio.create_task(send_for_ever())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status)
    [ended] = await asyncio.gather(sending, return_exceptions=True)
    assert isinstance(ended, ConnectionError)


async def test_long_queries_are_answered(server: tuple[str, int]) -> None:
    async with httpx.AsyncClient(base_url=f"http://{server[0]}:{server[1]}/fhir/") as client:
        resource(await client.get("Patient", params={"_id": "a" * (MAX_HEAD // 8)}))


async def test_an_address_that_is_not_encoded_is_refused_by_an_outcome(server: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*server)
    writer.write("GET /fhir/Patient?name=王 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400") and json.loads(body)["resourceType"] == "OperationOutcome"
    writer.close()


async def raw(server: tuple[str, int], head: bytes) -> tuple[bytes, dict[str, str], Any]:
    """Status line, headers and JSON body of the answer to a request that is sent as it stands."""
    reader, writer = await asyncio.open_connection(*server)
    writer.write(head + b"\r\n\r\n")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    status, *lines = head.strip().split(b"\r\n")
    headers = dict(line.decode().split(": ", 1) for line in lines)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    writer.close()
    return status, headers, json.loads(body) if body and "json" in headers["content-type"] else body


@pytest.mark.parametrize("length", [70_000, 300_000])
async def test_a_url_that_is_too_long_is_an_outcome_of_its_own(server: tuple[str, int], length: int) -> None:
    target = b"/fhir/Patient?name=" + b"a" * length
    status, headers, body = await raw(server, b"GET " + target + b" HTTP/1.1\r\nHost: localhost")
    assert status == b"HTTP/1.1 414 URI Too Long" and headers["content-security-policy"].startswith("sandbox;")
    assert (body["resourceType"], body["issue"][0]["code"]) == ("OperationOutcome", "too-long")
    assert "_search" in str(body)


async def test_the_longest_url_is_read(server: tuple[str, int]) -> None:
    target = b"/fhir/Patient?_id=" + b"a" * 65_000
    status, _, body = await raw(server, b"GET " + target + b" HTTP/1.1\r\nHost: localhost")
    assert b" 414 " not in status and body["resourceType"] in ("Bundle", "OperationOutcome")


@pytest.mark.parametrize("hosts", [b"Host: localhost\r\nHost: localhost", b"Host: a\r\nhost: b", b"Accept: */*"])
@pytest.mark.parametrize("path", [b"/fhir/metadata", b"/healthz"])
async def test_a_request_has_exactly_one_host(server: tuple[str, int], hosts: bytes, path: bytes) -> None:
    status, _, body = await raw(server, b"GET " + path + b" HTTP/1.1\r\n" + hosts)
    assert status == b"HTTP/1.1 400 Bad Request" and "one Host" in str(body)


async def test_http_1_0_needs_no_host(server: tuple[str, int]) -> None:
    status, _, body = await raw(server, b"GET /healthz HTTP/1.0")
    assert status == b"HTTP/1.1 200 OK" and body["status"] == "ok"


@pytest.mark.parametrize(
    ("target", "base"),
    [
        (b"http://gateway.example/fhir/Patient?_count=1", "http://gateway.example/fhir/"),
        (b"HTTP://gateway.example:8080/fhir/Patient?_count=1", "http://gateway.example:8080/fhir/"),
        (b"http://[::1]:99/fhir/Patient?_count=1", "http://[::1]:99/fhir/"),
    ],
)
async def test_a_whole_address_as_target_counts_more_than_host(
    server: tuple[str, int], target: bytes, base: str
) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2"""
    status, _, body = await raw(server, b"GET " + target + b" HTTP/1.1\r\nHost: other.example")
    assert status == b"HTTP/1.1 200 OK"
    assert body["link"][0]["url"].startswith(base) and "other.example" not in str(body)


async def test_a_whole_address_without_a_path_is_the_root(server: tuple[str, int]) -> None:
    status, _, _ = await raw(server, b"GET http://localhost HTTP/1.1\r\nHost: localhost")
    assert status == b"HTTP/1.1 404 Not Found"  # this application has no pages


@pytest.mark.parametrize(
    "target",
    [
        b"ftp://localhost/fhir/metadata",
        b"javascript:x",
        b"http://user@localhost/",
        b"http:///x",
        b"*",
        b"fhir/metadata",
    ],
)
async def test_any_other_target_is_no_request(server: tuple[str, int], target: bytes) -> None:
    status, _, body = await raw(server, b"GET " + target + b" HTTP/1.1\r\nHost: localhost")
    assert status == b"HTTP/1.1 400 Bad Request" and body["resourceType"] == "OperationOutcome"


async def test_no_tunnel_is_dug(server: tuple[str, int]) -> None:
    status, _, _ = await raw(server, b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80")
    assert status == b"HTTP/1.1 400 Bad Request"


@pytest.mark.parametrize("length", [1_000_001, 12_000_000])
async def test_who_sends_too_much_gets_the_answer(server: tuple[str, int], length: int) -> None:
    """Also a client that reads only once it has sent everything."""
    body = b"name=" + b"a," * (length // 2)
    async with httpx.AsyncClient(base_url=f"http://{server[0]}:{server[1]}/fhir/") as client:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for _ in range(5):
            refused = await client.post("Patient/_search", content=body, headers=form)
            issue = outcome(refused, 413, "too-long")[0] if refused.status_code == 413 else None
            assert issue is not None and "1000000 bytes" in issue["diagnostics"]
            assert refused.headers["connection"] == "close"
        assert resource(await client.post("Patient/_search", content=b"_id=a", headers=form))["total"] == 0


async def test_who_never_ends_after_the_answer_is_left(
    server: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LINGER_SECONDS", 0.3)
    reader, writer = await asyncio.open_connection(*server)
    writer.write(b"POST /fhir/Patient/_search HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n")
    writer.write(b"Content-Type: application/x-www-form-urlencoded\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 413 ")
    with pytest.raises(OSError):
        async with asyncio.timeout(10):
            while True:
                writer.write(b"x" * 100_000)
                await writer.drain()
                await asyncio.sleep(0.01)
    writer.close()
