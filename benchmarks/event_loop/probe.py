"""Ask `/healthz` every few milliseconds while another request is answered, and keep the longest wait."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.event_loop.inputs import Request

INTERVAL = 0.01


@dataclass
class Waits:
    """Seconds that each answer of `/healthz` took."""

    seconds: list[float] = field(default_factory=list)

    @property
    def longest(self) -> float:
        return max(self.seconds, default=0.0)


@asynccontextmanager
async def probing(port: int) -> AsyncIterator[Waits]:
    """Ask again and again until the block is left, then wait for the last answer, as it may be the slow one."""
    waits, stop = Waits(), asyncio.Event()
    task = asyncio.create_task(_ask(port, waits, stop))
    try:
        yield waits
    finally:
        stop.set()
        await task


async def _ask(port: int, waits: Waits, stop: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while not stop.is_set():
            started = time.perf_counter()
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            await _answer(reader)
            waits.seconds.append(time.perf_counter() - started)
            await asyncio.sleep(INTERVAL)
    finally:
        writer.close()


async def send(port: int, request: Request) -> tuple[int, bytes]:
    """Status and body; 0 when the connection is closed without an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    head = f"{request.method} {request.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    head += f"Content-Type: {request.type}\r\nContent-Length: {len(request.body)}\r\nAccept: {request.accept}\r\n"
    if request.encoding:
        head += f"Content-Encoding: {request.encoding}\r\n"
    try:
        writer.write(head.encode() + b"\r\n")
        for start in range(0, len(request.body), 2**18):
            writer.write(request.body[start : start + 2**18])
            await writer.drain()
    except ConnectionError:
        pass  # refused before it was sent completely: the answer says why
    try:
        return await _answer(reader)
    except (ConnectionError, asyncio.IncompleteReadError):
        return 0, b""
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head[9:12])
    lengths = [int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")]
    if lengths:
        return status, await reader.readexactly(lengths[0])
    return status, await _chunks(reader) if "transfer-encoding: chunked" in head else b""


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readline()).strip(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
