"""A request that is cancelled before its answer begins is told to try again."""

import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from gateway.api.server.interrupted import Interrupted

SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "GET",
    "path": "/fhir/Patient/p1",
    "headers": [],
    "query_string": b"",
}


async def cancelled(*, begin: bool) -> list[Message]:
    """What is sent when a handler that waits for good is cancelled."""
    sent: list[Message] = []

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        if begin:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(600)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    task = asyncio.create_task(Interrupted(handler)(SCOPE, receive, send))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled() is begin
    return sent


async def test_it_is_answered_by_503() -> None:
    start, body = await cancelled(begin=False)
    headers = dict(start["headers"])
    assert (start["status"], headers[b"retry-after"], headers[b"connection"]) == (503, b"1", b"close")
    assert b"OperationOutcome" in body["body"] and b"shutting down" in body["body"]


async def test_an_answer_that_has_begun_is_not_mended() -> None:
    [start] = await cancelled(begin=True)
    assert start["status"] == 200
