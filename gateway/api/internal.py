"""The internal documents, dead letters and reasons for missing scores, as plain JSON for applications and operators.

Decimals are numbers with the precision stored, times ISO 8601 in UTC.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.api import Api
from gateway.api.call import pairs
from gateway.errors import BadRequest, NotFound
from gateway.fhir.bundle import is_id
from gateway.risk.record import NOT_SCORED
from gateway.store.records import Letter

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
_NEWEST_FIRST = (("effective.start", -1),)
_encode = msgspec.json.Encoder(decimal_format="number").encode

Parameters = Mapping[str, str]
Answer = Callable[[Api, Parameters], Awaitable[Any]]


def internal_routes(api: Api) -> APIRouter:
    router = APIRouter()

    async def patient(request: Request) -> Response:
        return _json(await _document(api, "patients", request.path_params["id"]))

    async def observation(request: Request) -> Response:
        return _json(await _document(api, "observations", request.path_params["id"]))

    for path, summary, endpoint in (
        ("/internal/patients/{id}", "a patient's document", patient),
        ("/internal/observations/{id}", "an observation's document", observation),
        ("/internal/observations", "a patient's observations, newest first", _listed(api, _observations)),
        ("/internal/letters", "dead letters", _listed(api, _letters)),
        ("/internal/not-scored", "why scores are missing", _listed(api, _not_scored)),
    ):
        router.add_api_route(path, endpoint, summary=summary, response_model=None)
    return router


def _listed(api: Api, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        given = dict(pairs(request.scope["query_string"].decode("latin-1")))
        return _json(await answer(api, given))

    return endpoint


def _json(value: Any) -> Response:
    return Response(_encode(value), media_type="application/json")


async def _document(api: Api, collection: str, id_: str) -> Any:
    found = await api.store.find_document(collection, id_) if is_id(id_) else None
    if found is None:
        raise NotFound(f"no document {id_} in {collection}")
    return found


async def _observations(api: Api, given: Parameters) -> Any:
    """`patient` (an id or `Patient/id`), optionally `code` (`system|code` or `code`), `limit`, `after` from `next`."""
    patient, limit = _patient(given), _limit(given)
    wanted: dict[str, Any] = {"patient_id": patient}
    if code := given.get("code"):
        wanted["$or"] = _coded(code)
    found = await api.store.find_documents("observations", wanted, _NEWEST_FIRST, limit + 1, _after(given))
    documents = found[:limit]
    return {"observations": documents, "next": _next(given, documents[-1]) if len(found) > limit else None}


def _patient(given: Parameters) -> str:
    patient = given.get("patient", "").removeprefix("Patient/")
    if not is_id(patient):
        raise BadRequest("the parameter patient must be the id of a patient")
    return patient


def _coded(code: str) -> list[dict[str, Any]]:
    """Codes of the observation or of one of its components: half of all blood pressures are components only."""
    if "|" in code:
        return [{"code_keys": code}, {"component_keys": code}]
    return [{"code.codings.code": code}, {"components.code.codings.code": code}]


def _limit(given: Parameters) -> int:
    text = given.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise BadRequest("limit must be a number above 0")
    return min(int(text), MAX_LIMIT)


def _next(given: Parameters, last: Mapping[str, Any]) -> str:
    start = (last.get("effective") or {}).get("start")
    mark = base64.urlsafe_b64encode(_encode([start, last["_id"]])).decode()
    return f"/internal/observations?{urlencode({**given, 'after': mark})}"


def _after(given: Parameters) -> tuple[datetime | None, str] | None:
    """Where the page before ended."""
    if "after" not in given:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(given["after"]), type=tuple[datetime | None, str])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadRequest("after is taken from next, as it is") from error


async def _letters(api: Api, given: Parameters) -> Any:
    """Newest first, without their payloads, which hold patient data; `source` narrows."""
    found = await api.store.list_letters(given.get("source"), _limit(given))
    return {
        "letters": [_letter(letter) for letter in found],
        "total": await api.store.count_letters(given.get("source")),
    }


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "source": letter.source,
        "key": letter.key,
        "reason": letter.reason,
        "detail": letter.detail,
        "bytes": len(letter.payload or b""),
        "attempts": letter.attempts,
        "first": letter.first,
        "last": letter.last,
    }


async def _not_scored(api: Api, given: Parameters) -> Any:
    """The reasons that the risk follower recorded; `patient` narrows."""
    prefix = f"{NOT_SCORED}/{_patient(given)}/" if "patient" in given else f"{NOT_SCORED}/"
    return {"not_scored": [*(await api.store.list_state(prefix, _limit(given))).values()]}
