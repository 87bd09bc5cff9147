"""Answer 503 to requests that are cancelled because the process ends, so that clients try again."""

from asyncio import CancelledError

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.server import failures
from gateway.errors import Busy


class Interrupted:
    """ASGI middleware. An answer that has begun can no longer be changed: its connection is closed instead."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except CancelledError:
            if begun or scope["type"] != "http":
                raise
            answer = failures.response(Request(scope), Busy("the gateway is shutting down; try again"))
            answer.headers.update({"Connection": "close", "Retry-After": "1"})
            await answer(scope, receive, send)
