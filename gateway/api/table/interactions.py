"""List the routes below `/fhir`: which interaction answers which path and method.

HTTP requests and entries of Bundles are both answered by this table, and the CapabilityStatement lists what it has.
"""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.bundles import bundle as bundles
from gateway.api.call.call import FORM_PRESENTATION, Call, format_of, from_request
from gateway.api.interactions import history, read, search, write
from gateway.api.process.deployment import PREFIX, Deployment
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.api.routing.content import ANY, FORM, PATCH, RESOURCE
from gateway.api.routing.routes import KIND, NAME, Offer, Route, Routes
from gateway.api.table import capability
from gateway.api.table.operations import operation_routes


async def bundle(deployment: Deployment, call: Call) -> Reply:
    """Answer a batch or transaction. The entries are answered by this table, too."""
    return await bundles.answer(deployment, call, _ROUTES)


ROUTES = (
    Route(
        "", "search all types; batch or transaction Bundle", {"GET": Offer(search.answer), "POST": Offer(bundle, ANY)}
    ),
    Route("/metadata", "what this server can do", {"GET": Offer(capability.answer)}),
    Route("/_history", "history of everything", {"GET": Offer(history.answer)}),
    Route("/_search", "search all types", {"POST": Offer(search.answer, FORM)}),
    *operation_routes(),
    Route(
        "/{type}",
        "search; create; update, patch or delete by condition",
        {
            "GET": Offer(search.answer),
            "POST": Offer(write.answer, RESOURCE),
            "PUT": Offer(write.answer, RESOURCE),
            "PATCH": Offer(write.answer, PATCH),
            "DELETE": Offer(write.answer),
        },
    ),
    Route("/{type}/_search", "search", {"POST": Offer(search.answer, FORM)}),
    Route("/{type}/_history", "history of a type", {"GET": Offer(history.answer)}),
    Route(
        "/{type}/{id}",
        "read; update; patch; delete",
        {
            "GET": Offer(read.read),
            "PUT": Offer(write.answer, RESOURCE),
            "PATCH": Offer(write.answer, PATCH),
            "DELETE": Offer(write.answer),
        },
    ),
    Route("/{type}/{id}/_history", "history of a resource", {"GET": Offer(history.answer)}),
    Route("/{type}/{id}/_history/{version}", "one version", {"GET": Offer(read.vread)}),
    Route("/{owner}/{owner_id}/*", "search a whole compartment", {"GET": Offer(search.answer)}),
    Route("/{owner}/{owner_id}/_search", "search a whole compartment", {"POST": Offer(search.answer, FORM)}),
    Route("/{owner}/{owner_id}/{type}", "search in a compartment", {"GET": Offer(search.answer)}),
    Route("/{owner}/{owner_id}/{type}/_search", "search in a compartment", {"POST": Offer(search.answer, FORM)}),
)
_ROUTES = Routes(ROUTES)


class _Name(Convertor[str]):
    """An id in a path."""

    regex = NAME

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _Kind(_Name):
    """A resource type in a path."""

    regex = KIND


register_url_convertor("name", _Name())
register_url_convertor("kind", _Kind())


def fhir_routes(deployment: Deployment) -> APIRouter:
    """Return one route per path, so that the 405 of a path lists all its methods."""
    router = APIRouter()
    for route in ROUTES:
        router.add_api_route(
            PREFIX + route.path.replace("{type}", "{type:kind}").replace("{id}", "{id:name}"),
            _endpoint(deployment, route),
            methods=route.methods,
            summary=route.summary,
            include_in_schema=False,
            response_model=None,
        )
    return router


def _endpoint(deployment: Deployment, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        format_ = format_of(request)
        offer = route.offer(request.method)
        call = from_request(request, deployment, {"type": route.type, **request.path_params})
        reply = await offer.interaction(deployment, await offer.content.of_request(deployment, request, call))
        format_ = format_of(request) if FORM_PRESENTATION in request.scope else format_
        return await respond.http_in_turn(reply, format_, head=request.method == "HEAD")

    return answer
