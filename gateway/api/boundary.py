"""What surrounds every request: its id, who may ask, an end to waiting for the body, the headers that every answer has,
one log line, the metrics, and the last resort.

The log holds method, route template, status and time: no path, no query, no body, no text of an unexpected error.
"""

import asyncio
import re
import time
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api import admission, failures, page, sign_in
from gateway.api.api import PREFIX, Api
from gateway.api.budget import SCOPE, Share
from gateway.errors import GatewayError, Late, Unauthorized, frames

log = structlog.get_logger()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Boundary:
    """ASGI middleware around the application; only the headers for other origins and for safety are added outside."""

    def __init__(self, app: ASGIApp, api: Api) -> None:
        self._app, self._api = app, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path = scope["path"] = _path(scope["path"])
        share = scope[SCOPE] = Share(self._api.bodies)
        method = scope["method"]
        head = method == "HEAD" and not _is_fhir(path)
        answer = _Answer(send, path, _request_id(headers.get("x-request-id", "")), head=head)
        scope = {**scope, "method": "GET"} if head else scope  # FHIR routes answer HEAD themselves
        started = time.perf_counter()
        try:
            if refusal := admission.refusal(self._api, scope, headers):
                await _refused(scope, refusal)(scope, receive, answer)
            else:
                await self._app(scope, _Body(receive, self._api.patience), answer)
        except Exception as error:  # the last resort: a client is owed an answer, and the log the place
            log.error("unexpected error", request_id=answer.request_id, error=type(error).__name__, at=frames(error))
            if not answer.status:
                await failures.response(Request(scope), GatewayError("an internal error"))(scope, receive, answer)
        finally:
            share.give_back()
            self._record(method, scope, answer, time.perf_counter() - started)

    def _record(self, method: str, scope: Scope, answer: "_Answer", seconds: float) -> None:
        method = method if method in _METHODS else "other"
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


class _Body:
    """`receive`, which does not wait for ever: Late after `patience` seconds. Once the body is there, it does: what is
    waited for then is that the client goes away."""

    def __init__(self, receive: Receive, patience: float) -> None:
        self._receive, self._patience, self._complete = receive, patience, False

    async def __call__(self) -> Message:
        try:
            async with asyncio.timeout(None if self._complete else self._patience):
                message = await self._receive()
        except TimeoutError as error:
            raise Late(f"nothing came of the body for {self._patience:g} seconds") from error
        self._complete = not message.get("more_body", False)
        return message


class _Answer:
    """`send`, with the common headers put on and the status noted (0: no response was begun); for `head` no body."""

    def __init__(self, send: Send, path: str, request_id: str, *, head: bool) -> None:
        self._send, self._path, self.request_id, self.status, self._head = send, path, request_id, 0, head

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._complete(MutableHeaders(scope=message))
        elif self._head:
            message = {**message, "body": b""}
        await self._send(message)

    def _complete(self, headers: MutableHeaders) -> None:
        headers["X-Request-Id"] = self.request_id
        if caching := _caching(self._path):
            headers.setdefault("Cache-Control", caching)
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = "1"
        if self.status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE):
            headers["Connection"] = "close"  # else the server would go on waiting for the rest


def _refused(scope: Scope, refusal: GatewayError) -> Response:
    """Answer a person who is not signed in with the way to the form."""
    if isinstance(refusal, Unauthorized) and page.wants_page(scope):
        return sign_in.to_sign_in(scope["path"], scope["query_string"].decode("latin-1"))
    return failures.response(Request(scope), refusal)


def _caching(path: str) -> str:
    """What lies in the cache of a browser is read by whoever sits there next; only the style sheet is no secret. FHIR
    clients may keep what they were given, and ask by its ETag whether it still holds."""
    if path.startswith("/static/"):
        return ""
    return "private" if _is_fhir(path) else "no-store"


def _is_fhir(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def template(scope: MutableMapping[str, Any]) -> str:
    """`/fhir/{type}/{id}`; "none" when no route was found."""
    return getattr(scope.get("route"), "path_format", "none") or "none"


def _path(path: str) -> str:
    """A slash at the end of a FHIR address means nothing; a redirect for it would cost clients the body."""
    return path.rstrip("/") if path.startswith(f"{PREFIX}/") else path


def _request_id(given: str) -> str:
    return given if _REQUEST_ID.fullmatch(given) else str(uuid4())
