"""Receive one request: its body, which must keep arriving, and then the message that the client has left."""

import asyncio
import time
from contextvars import Context

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from gateway.budget import Budget
from gateway.errors import Late

WATCH_AFTER = 0.25
"""Seconds after which a task watches whether the client is still there; most answers are faster."""

SLOWEST = 10_000
"""Bytes per second that a body must reach, once it has taken ten times the patience for one piece."""

_EMPTY: Message = {"type": "http.request", "body": b"", "more_body": False}
_LEFT: Message = {"type": "http.disconnect"}


class Arrival:
    """The `receive` of the application below, which gives up on bodies that stop coming.

    When the client leaves, `budget` is abandoned.
    """

    def __init__(self, receive: Receive, headers: Headers, patience: float, budget: Budget) -> None:
        self._receive, self._patience, self._budget = receive, patience, budget
        self._has_body = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        self._complete = self._read = False
        self._bytes, self._began = 0, time.monotonic()
        self._left = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER, self._watch_if_complete)

    async def __call__(self) -> Message:
        """Return the next piece of the body; after the last one, wait until the client leaves. Raises Late."""
        if not self._has_body and not self._read:
            self._read = True
            return _EMPTY
        if self._complete or not self._has_body:
            self._watch()
            await self._left.wait()
            return _LEFT
        message = await self._next()
        self._bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._complete:
            self._budget.restart_clock()
        return message

    async def _next(self) -> Message:
        allowed = 10 * self._patience + self._bytes / SLOWEST - (time.monotonic() - self._began)
        try:
            async with asyncio.timeout(min(self._patience, allowed)):
                return await self._receive()
        except TimeoutError as error:
            raise Late(f"the body stopped arriving for {self._patience:g} s or is too slow; send it again") from error

    def _watch_if_complete(self) -> None:
        """Watch once the body is complete. Until then, reading it shows when the client leaves."""
        if self._complete or not self._has_body:
            self._watch()
        elif not self._left.is_set():
            self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER, self._watch_if_complete)

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._until_left(), context=Context())

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != _LEFT["type"]:
            pass  # discard the rest of a body that nobody reads
        self._budget.abandon()
        self._left.set()

    def close(self) -> None:
        """Stop watching, because the answer is complete."""
        self._timer.cancel()
        self._left.set()
        if self._watcher is not None:
            self._watcher.cancel()
