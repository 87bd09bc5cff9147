"""Serve the review queue of local codes: list it, fill it, and take decisions; see docs/how-to/review-codes.md."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.call.call import pairs
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import body
from gateway.codes import queue, review
from gateway.codes.files import Files
from gateway.codes.review import Verdict
from gateway.errors import BadRequest, Busy, UnsupportedMediaType

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
_MOST_BYTES = 10_000
_encode = msgspec.json.Encoder().encode


class _Decision(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /internal/codes/decisions."""

    key: str
    decision: Verdict
    by: str
    code: str = ""
    every_unit: bool = False
    change: bool = False


def code_routes(deployment: Deployment, files: Files) -> APIRouter:
    """Return the routes of the review queue."""
    router, filling = APIRouter(), asyncio.Lock()

    async def listed(request: Request) -> Response:
        given = dict(pairs(request.scope["query_string"].decode("latin-1")))
        return _json(await _listed(deployment, given))

    async def refresh(request: Request) -> Response:
        if filling.locked():
            raise Busy("the queue is being filled already")
        async with filling:
            return _json((await review.refresh(deployment.store, files, _now())).as_json())

    async def decide(request: Request) -> Response:
        said = await _said(request)
        decided = await review.decide(
            deployment.store,
            files,
            said.key,
            said.decision,
            by=said.by,
            now=_now(),
            code=said.code,
            every_unit=said.every_unit,
            change=said.change,
        )
        return _json({"items": [item.as_json() for item in decided]})

    for path, method, summary, endpoint in (
        ("/internal/codes", "GET", "local codes that wait for a person", listed),
        ("/internal/codes/refresh", "POST", "fill the queue from what is stored", refresh),
        ("/internal/codes/decisions", "POST", "accept or reject a suggestion", decide),
    ):
        router.add_api_route(path, endpoint, methods=[method], summary=summary, response_model=None)
    return router


async def _listed(deployment: Deployment, given: Mapping[str, str]) -> dict[str, Any]:
    """List items. `state` selects (open, accepted, rejected, skipped), `limit` bounds, `total` counts all matches."""
    state, limit = given.get("state", ""), given.get("limit", str(DEFAULT_LIMIT))
    if state and state not in queue.STATES:
        raise BadRequest(f"state must be one of {', '.join(queue.STATES)}")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 10 and int(limit)):
        raise BadRequest("limit must be a number above 0")
    items = [item for item in await queue.load(deployment.store) if state in ("", item.state)]
    return {"items": [item.as_json() for item in items[: min(int(limit), MAX_LIMIT)]], "total": len(items)}


async def _said(request: Request) -> _Decision:
    """Read a decision. Only JSON is accepted: pages of other sites can send forms, but no JSON without a preflight."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("a decision is sent as application/json")
    try:
        return msgspec.json.decode(await body.read(request, _MOST_BYTES), type=_Decision)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is not a decision: {error}") from error


def _now() -> datetime:
    return datetime.now(UTC)


def _json(value: Any) -> Response:
    return Response(_encode(value), media_type="application/json")
