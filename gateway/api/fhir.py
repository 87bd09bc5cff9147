"""The routes below `/fhir`: which interaction answers which path and method. The table is the whole of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import (
    binary,
    body,
    bundle,
    capability,
    history,
    interactions,
    negotiate,
    patching,
    respond,
    search,
    validation,
)
from gateway.api.api import PREFIX, Api
from gateway.api.call import FORM, Call, check_type, format_of, from_request, pairs, resource_of
from gateway.api.respond import Reply
from gateway.fhir.xml import Misplaced

Interaction = Callable[[Api, Call], Awaitable[Reply]]
Handler = Callable[[Api, Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    path: str
    summary: str
    handlers: Mapping[str, Handler]


def plain(interaction: Interaction) -> Handler:
    """An interaction that all of path, query and headers ask for."""

    async def handle(api: Api, request: Request) -> Reply:
        return await interaction(api, from_request(request, api))

    return handle


def with_resource(interaction: Interaction) -> Handler:
    """An interaction with a resource of the path's type in the body."""

    async def handle(api: Api, request: Request) -> Reply:
        call = from_request(request, api)
        resource = await (binary.resource_of if call.type == "Binary" else resource_of)(request, api)
        check_type(resource, call.type)
        return await interaction(api, replace(call, resource=resource))

    return handle


async def post_search(api: Api, request: Request) -> Reply:
    """The parameters of the form and those of the URL, together (https://hl7.org/fhir/R4/http.html#search)."""
    negotiate.require_form(request.headers.get("content-type", ""))
    call = from_request(request, api)
    form = request.scope[FORM] = (await body.read(request, api.max_body)).decode("utf-8", "replace")
    return await search.answer(api, replace(call, query=call.query + pairs(form)))


async def post_bundle(api: Api, request: Request) -> Reply:
    call = from_request(request, api)
    return await bundle.answer(api, replace(call, resource=await resource_of(request, api)))


async def patch(api: Api, request: Request) -> Reply:
    call, media = from_request(request, api), request.headers.get("content-type", "")
    wanted = patching.change(media, await body.read(request, api.max_body), api.max_depth)
    return await patching.answer(api, call, wanted)


async def post_validate(api: Api, request: Request) -> Reply:
    """`$validate` looks at any resource, also one of another type than the path: that is then a finding."""
    call = from_request(request, api)
    try:
        resource = await resource_of(request, api)
    except Misplaced as error:
        return validation.found(error.issues)
    return await validation.answer(api, replace(call, resource=resource))


ROUTES = (
    Route("", "search all types; batch or transaction Bundle", {"GET": plain(search.answer), "POST": post_bundle}),
    Route("/metadata", "what this server can do", {"GET": plain(capability.answer)}),
    Route("/$validate", "check any resource without storing it", {"POST": post_validate}),
    Route("/_history", "history of everything", {"GET": plain(history.answer)}),
    Route("/_search", "search all types", {"POST": post_search}),
    Route(
        "/{type}",
        "search; create; update, patch or delete by condition",
        {
            "GET": plain(search.answer),
            "POST": with_resource(interactions.create),
            "PUT": with_resource(interactions.update),
            "PATCH": patch,
            "DELETE": plain(interactions.delete),
        },
    ),
    Route("/{type}/_search", "search", {"POST": post_search}),
    Route("/{type}/_history", "history of a type", {"GET": plain(history.answer)}),
    Route("/{type}/$validate", "check a resource without storing it", {"POST": post_validate}),
    Route(
        "/{type}/{id}",
        "read; update; patch; delete",
        {
            "GET": plain(interactions.read),
            "PUT": with_resource(interactions.update),
            "PATCH": patch,
            "DELETE": plain(interactions.delete),
        },
    ),
    Route("/{type}/{id}/_history", "history of a resource", {"GET": plain(history.answer)}),
    Route("/{type}/{id}/_history/{version}", "one version", {"GET": plain(interactions.vread)}),
    Route("/{type}/{id}/$validate", "check a resource as an update", {"POST": post_validate}),
)


def fhir_routes(api: Api) -> APIRouter:
    """One route per path, so that the 405 of a path lists all its methods."""
    router = APIRouter()
    for route in ROUTES:
        methods = [*route.handlers, *(["HEAD"] if "GET" in route.handlers else [])]
        router.add_api_route(
            PREFIX + route.path,
            _endpoint(api, route.handlers),
            methods=methods,
            summary=route.summary,
            include_in_schema=False,
            response_model=None,
        )
    return router


def _endpoint(api: Api, handlers: Mapping[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        head = request.method == "HEAD"
        format_ = format_of(request)
        reply = await handlers["GET" if head else request.method](api, request)
        return await respond.http_in_turn(reply, format_of(request) if FORM in request.scope else format_, head=head)

    return answer
