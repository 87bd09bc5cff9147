"""A bare HTTP/1.1 client on kept-alive connections: the load must not cost more than what it measures."""

import asyncio
import time
from collections.abc import Iterable


class Connection:
    """One kept-alive connection, opened and closed by `async with`."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    async def __aenter__(self) -> "Connection":
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=2**24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    async def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: application/fhir+json\r\n"
        if body:
            head += f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n"
        self.writer.write(head.encode() + b"\r\n" + body)
        headers = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(int(line[15:]) for line in headers.split("\r\n") if line.startswith("content-length:"))
        return int(headers[9:12]), await self.reader.readexactly(length)


async def rate(
    host: str, port: int, requests: Iterable[tuple[str, str, bytes]], *, connections: int
) -> tuple[float, int]:
    """Send the requests over several connections; return (seconds, number of requests).

    Raises RuntimeError for an answer other than 2xx, as refused requests would look fast.
    """
    iterator, answered = iter(requests), 0

    async def work() -> None:
        nonlocal answered
        async with Connection(host, port) as connection:
            for method, path, body in iterator:
                status, answer = await connection.request(method, path, body)
                if not 200 <= status < 300:
                    raise RuntimeError(f"{method} {path} answered {status}: {answer[:500]!r}")
                answered += 1

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    return time.perf_counter() - started, answered
