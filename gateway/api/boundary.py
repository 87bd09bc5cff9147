"""What surrounds every request: its id, the bearer check, one log line, the metrics, and the last resort.

The log holds method, route template, status and time: no path, no query, no body, no text of an unexpected error.
"""

import re
import time
import traceback
from collections.abc import MutableMapping
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api import auth, failures
from gateway.api.api import PREFIX, Api
from gateway.errors import GatewayError, Unauthorized

log = structlog.get_logger()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Boundary:
    """ASGI middleware; the outermost one."""

    def __init__(self, app: ASGIApp, api: Api) -> None:
        self._app, self._api = app, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = _Answer(send, _request_id(headers.get("x-request-id", "")))
        scope["path"] = _path(scope["path"])
        started = time.perf_counter()
        try:
            if auth.permitted(self._api.tokens, scope["path"], headers.get("authorization", "")):
                await self._app(scope, receive, answer)
            else:
                error = Unauthorized("a bearer token is needed")
                await failures.response(scope["path"], error)(scope, receive, answer)
        except Exception as error:
            log.error("unexpected error", request_id=answer.request_id, error=type(error).__name__, at=_where(error))
            if not answer.status:
                await failures.response(scope["path"], GatewayError("an internal error"))(scope, receive, answer)
        finally:
            self._record(scope, answer, time.perf_counter() - started)

    def _record(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = template(scope)
        self._api.metrics.answered(route, method, answer.status, seconds)
        log.info(
            "request",
            method=method,
            route=route,
            status=answer.status,
            ms=round(seconds * 1000, 1),
            request_id=answer.request_id,
        )


class _Answer:
    """`send`, with the request id put on and the status noted (0: no response was begun)."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self.request_id, self.status = send, request_id, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["X-Request-Id"] = self.request_id
        await self._send(message)


def template(scope: MutableMapping[str, Any]) -> str:
    """`/fhir/{type}/{id}`; "none" when no route was found."""
    return getattr(scope.get("route"), "path", "none") or "none"


def _path(path: str) -> str:
    """A slash at the end of a FHIR address means nothing; a redirect for it would cost clients the body."""
    return path.rstrip("/") if path.startswith(f"{PREFIX}/") else path


def _request_id(given: str) -> str:
    return given if _REQUEST_ID.fullmatch(given) else str(uuid4())


def _where(error: Exception) -> list[str]:
    """File, line and function of the innermost frames: what an engineer needs, without the values."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
