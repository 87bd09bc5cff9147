"""List what waits for a person: dead letters, and the reasons for missing scores."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.api.call.call import pairs
from gateway.api.internal.filters import limit
from gateway.api.internal.reply import answer
from gateway.api.internal.shortcuts import patient_id
from gateway.api.process.deployment import Deployment
from gateway.risk.record import NOT_SCORED
from gateway.store.layout.records import Letter


async def letters(deployment: Deployment, request: Request) -> Response:
    """List letters, newest first, without payloads, which hold patient data. `source` selects."""
    given = _given(request)
    sized = await deployment.store.letters.newest_with_sizes(given.get("source"), limit(given.get("limit")))
    return answer(
        {
            "letters": [_letter(letter, size) for letter, size in sized],
            "total": await deployment.store.letters.count(given.get("source")),
        }
    )


def _letter(letter: Letter, size: int) -> dict[str, Any]:
    return {
        "source": letter.source,
        "key": letter.key,
        "reason": letter.reason,
        "detail": letter.detail,
        "bytes": size,
        "attempts": letter.attempts,
        "first": letter.first,
        "last": letter.last,
    }


async def not_scored(deployment: Deployment, request: Request) -> Response:
    """List the reasons that the risk follower recorded. `patient` selects."""
    given = _given(request)
    prefix = f"{NOT_SCORED}/{patient_id(given['patient'])}/" if "patient" in given else f"{NOT_SCORED}/"
    found = await deployment.store.states.starting_with(prefix, limit(given.get("limit")))
    return answer({"not_scored": [*found.values()]})


def _given(request: Request) -> dict[str, str]:
    return dict(pairs(request.scope["query_string"].decode("latin-1")))
