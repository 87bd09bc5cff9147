"""Serve `GET /internal/mappings`: which mappings are in use, and why the files are not, if they are not."""

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.process.deployment import Deployment

_encode = msgspec.json.encode


def mapping_routes(deployment: Deployment) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    async def mappings(_: Request) -> Response:
        used, reloads = deployment.store.internal.mappings, deployment.reloads
        stamps, stale = used.stamps, await deployment.store.internal.stale()
        shown = {
            "mappings": [
                {"collection": name, "resource": type_, "stamp": stamps[name], "stale": stale.get(name)}
                for name, type_ in used.collections.items()
            ],
            "loaded": reloads.loaded,
            "milliseconds": reloads.milliseconds,
            "error": reloads.error and {"text": reloads.error, "at": reloads.error_at},
        }
        return Response(_encode(shown), media_type="application/json")

    router.add_api_route("/internal/mappings", mappings, summary="the mappings in use", response_model=None)
    return router
