"""Answer operators: is the process alive, is it ready, what has it done (metrics)."""

import asyncio

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.process.deployment import Deployment
from gateway.api.reply import respond
from gateway.fhir import fhir_json

_PATIENCE = 2.0


def operations(deployment: Deployment) -> APIRouter:
    """Return the routes `/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter()

    async def healthz(_: Request) -> Response:
        return Response(fhir_json.dump({"status": "ok", "version": deployment.version}), media_type="application/json")

    async def readyz(_: Request) -> Response:
        if await _answers(deployment):
            return Response(fhir_json.dump({"status": "ready"}), media_type="application/json")
        return respond.problem(503, "the database does not answer")

    async def metrics(_: Request) -> Response:
        text = deployment.metrics.text(
            resources=await deployment.store.resources.counts(),
            head=await deployment.store.feed.head(),
            cursors=await deployment.store.feed.cursors(),
            letters=await deployment.store.letters.count(),
        )
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    router.add_api_route("/healthz", healthz, summary="alive", response_model=None)
    router.add_api_route("/readyz", readyz, summary="ready: the database answers", response_model=None)
    router.add_api_route("/metrics", metrics, summary="numbers for Prometheus", response_model=None)
    return router


async def _answers(deployment: Deployment) -> bool:
    try:
        await asyncio.wait_for(deployment.store.ping(), _PATIENCE)
    except Exception:  # whatever it is, the answer is no
        return False
    return True
