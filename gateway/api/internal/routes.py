"""List the routes below `/internal`. Fixed names come before those of collections."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.internal import documents, editing, letters, quality
from gateway.api.internal.known import ROOT
from gateway.api.process.deployment import Deployment

Handler = Callable[[Deployment, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class DocumentRoute:
    """A path with its handlers by method."""

    path: str
    summary: str
    handlers: Mapping[str, Handler]


ROUTES = (
    DocumentRoute("", "the collections of internal documents and their fields", {"GET": documents.collections}),
    DocumentRoute("/letters", "dead letters", {"GET": letters.letters}),
    DocumentRoute("/not-scored", "why scores are missing", {"GET": letters.not_scored}),
    DocumentRoute("/quality", "findings of data quality, counted", {"GET": quality.summary}),
    DocumentRoute(
        "/{collection}",
        "documents by any of their fields; create one",
        {"GET": documents.listed, "POST": editing.create},
    ),
    DocumentRoute(
        "/{collection}/{id}",
        "one document: read, replace, patch, delete",
        {"GET": documents.read, "PUT": editing.update, "PATCH": editing.patch, "DELETE": editing.delete},
    ),
)


def internal_routes(deployment: Deployment) -> APIRouter:
    """Return one route per path, so that the 405 of a path lists all its methods."""
    router = APIRouter()
    for route in ROUTES:
        methods = [*route.handlers, *(["HEAD"] if "GET" in route.handlers else [])]
        router.add_api_route(
            ROOT + route.path,
            _endpoint(deployment, route.handlers),
            methods=methods,
            summary=route.summary,
            response_model=None,
        )
    return router


def _endpoint(deployment: Deployment, handlers: Mapping[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        head = request.method == "HEAD"
        response = await handlers["GET" if head else request.method](deployment, request)
        if head:
            response.body = b""
        return response

    return endpoint
