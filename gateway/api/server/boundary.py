"""Surround every request: give it an id and a budget, admit it or refuse it, add the common headers, log one line,
count it, and answer errors that nobody else handled.

The log holds method, route template, status and time: no path, no query, no body, and no text of an unexpected error.
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

from gateway import budget
from gateway.api.process.deployment import PREFIX, Deployment
from gateway.api.server import admission, failures, page, sign_in
from gateway.api.server.arrival import Arrival
from gateway.api.server.wire import ABORT
from gateway.budget import Budget
from gateway.errors import Busy, GatewayError, Unauthorized, frames

log = structlog.get_logger()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_PIECE = 256 * 1024
"""Bytes of an answer that are handed to the server at a time."""


class Boundary:
    """The ASGI middleware around the application. Only CORS and security headers are added outside of it."""

    def __init__(self, app: ASGIApp, deployment: Deployment) -> None:
        self._app, self._api = app, deployment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path = scope["path"] = _path(scope["path"])
        method = scope["method"]
        head = method == "HEAD" and not _is_fhir(path)
        allowance = Budget(self._api.limits, self._api.memory)
        answer = _Answer(
            send, path, _request_id(headers.get("x-request-id", "")), allowance, self._api.patience, head=head
        )
        scope = {**scope, "method": "GET"} if head else scope  # FHIR routes answer HEAD themselves
        started = time.perf_counter()
        arrival = Arrival(receive, headers, self._api.patience, allowance)
        try:
            with budget.use(allowance):
                await self._answered(scope, headers, arrival, answer)
        finally:
            arrival.close()
            allowance.close()
            self._record(method, scope, answer, time.perf_counter() - started)

    async def _answered(self, scope: Scope, headers: Headers, arrival: Arrival, answer: "_Answer") -> None:
        """Run the application, and answer the client whatever happens."""
        try:
            if refusal := admission.refusal(self._api, scope, headers):
                await _refused(scope, refusal)(scope, arrival, answer)
            else:
                await self._app(scope, arrival, answer)
        except _NotTaken:
            _abort(scope)
        except asyncio.CancelledError:  # the server stops: end the threads of this request too
            _abandon()
            await self._refuse(scope, arrival, answer, Busy("the gateway is shutting down; the outcome is unknown"))
        except Exception as error:  # the last resort: the log gets the place
            log.error("unexpected error", request_id=answer.request_id, error=type(error).__name__, at=frames(error))
            await self._refuse(scope, arrival, answer, GatewayError("an internal error"))

    async def _refuse(self, scope: Scope, arrival: Arrival, answer: "_Answer", error: GatewayError) -> None:
        if not answer.status:
            await failures.response(Request(scope), error)(scope, arrival, answer)

    def _record(self, method: str, scope: Scope, answer: "_Answer", seconds: float) -> None:
        """Log the request and count it. Status 0 means that the client left before its answer was complete."""
        method = method if method in _METHODS else "other"
        route, status = template(scope), 0 if answer.missed else answer.status
        self._api.metrics.answered(route, method, status, seconds)
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=answer.request_id,
        )


def _abort(scope: Scope) -> None:
    """Drop the connection of a client that does not take its answer; closing it would wait for the client."""
    _abandon()
    if abort := scope.get(ABORT):
        abort()


def _abandon() -> None:
    if allowance := budget.current():
        allowance.abandon()


class _NotTaken(Exception):
    """The client has taken nothing of its answer for too long."""


class _Answer:
    """The `send` of the application: adds the common headers, notes the status, and omits the body for `head`.

    status: 0 if no response was begun.
    missed: whether the client left before the answer was complete.

    A long body goes out in pieces. The server holds one piece and waits for the client before it takes the next. Raises
    _NotTaken if that takes longer than `patience`.
    """

    def __init__(
        self, send: Send, path: str, request_id: str, allowance: Budget, patience: float, *, head: bool
    ) -> None:
        self._send, self._path, self._budget, self._patience, self._head = send, path, allowance, patience, head
        self.request_id, self.status, self.missed = request_id, 0, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._complete(MutableHeaders(scope=message))
            await self._send(message)
            return
        body, more = b"" if self._head else message.get("body", b""), message.get("more_body", False)
        for start in range(0, max(len(body), 1), _PIECE):
            end = start + _PIECE
            await self._piece({**message, "body": body[start:end], "more_body": more or end < len(body)})

    async def _piece(self, message: Message) -> None:
        self.missed = self._budget.abandoned  # after the last piece the server reports that the client left
        try:
            async with asyncio.timeout(self._patience):
                await self._send(message)
        except TimeoutError as error:
            self.missed = True
            raise _NotTaken from error

    def _complete(self, headers: MutableHeaders) -> None:
        headers["X-Request-Id"] = self.request_id
        if caching := _caching(self._path):
            headers.setdefault("Cache-Control", caching)
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = "1"
        if self.status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE):
            headers["Connection"] = "close"  # else the server would go on waiting for the rest


def _refused(scope: Scope, refusal: GatewayError) -> Response:
    """Return the answer to a refused request: for a person who is not signed in, a redirect to the form."""
    if isinstance(refusal, Unauthorized) and page.wants_page(scope):
        return sign_in.to_sign_in(scope["path"], scope["query_string"].decode("latin-1"))
    return failures.response(Request(scope), refusal)


def _caching(path: str) -> str:
    """Return the Cache-Control of an answer, "" for the style sheet, which is no secret.

    The next user of a browser can read its cache, so pages are not stored there. A FHIR client may keep an answer, and
    ask by its ETag whether it is still current.
    """
    if path.startswith("/static/"):
        return ""
    return "private" if _is_fhir(path) else "no-store"


def _is_fhir(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def template(scope: MutableMapping[str, Any]) -> str:
    """Return the route template, such as `/fhir/{type}/{id}`; "none" if no route matched."""
    return getattr(scope.get("route"), "path_format", "none") or "none"


def _path(path: str) -> str:
    """Return the path without a slash at its end, which means nothing in FHIR; a redirect would lose the body."""
    return path.rstrip("/") if path.startswith(f"{PREFIX}/") else path


def _request_id(given: str) -> str:
    return given if _REQUEST_ID.fullmatch(given) else str(uuid4())
