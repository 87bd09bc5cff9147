"""Read what comes with a request: the body of an HTTP request, or the resource of a Bundle entry.

Each kind of content reads both, so that an interaction does not know which of the two it answers.
"""

import asyncio
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from starlette.requests import Request

from gateway.api.call import binary
from gateway.api.call.call import FORM_PRESENTATION, LONGEST_FORM, Call, read_query, resource_of
from gateway.api.interactions.patch import change
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import body, negotiation
from gateway.errors import BadRequest
from gateway.fhir import fhir_json
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.fhir.xml import Misplaced

_LARGE = 50_000
"""Characters of a form above which it is read in a thread."""


@dataclass(frozen=True, slots=True)
class Content:
    """A kind of content, with the functions that add it to a call.

    of_request: reads it from an HTTP request. Raises UnsupportedMediaType, TooLarge, Malformed, BadRequest.
    of_entry: reads it from an entry of a Bundle. Raises BadRequest, and the same for a patch.
    """

    of_request: Callable[[Deployment, Request, Call], Awaitable[Call]]
    of_entry: Callable[[Deployment, Entry, Call], Awaitable[Call]]


async def _no_body(deployment: Deployment, request: Request, call: Call) -> Call:
    return call


async def _typed_body(deployment: Deployment, request: Request, call: Call) -> Call:
    resource = await (binary.resource_of if call.type == "Binary" else resource_of)(request, deployment)
    return _with_typed(call, resource)


def _with_typed(call: Call, resource: Resource) -> Call:
    if resource.get("resourceType") != call.type:
        raise BadRequest(f"the body must be a {call.type}", expression="resourceType")
    return replace(call, resource=resource)


async def _any_body(deployment: Deployment, request: Request, call: Call) -> Call:
    return replace(call, resource=await resource_of(request, deployment))


async def _body_to_check(deployment: Deployment, request: Request, call: Call) -> Call:
    """Read the body to be validated. A fault in the layout of XML becomes a finding instead of an error."""
    try:
        return await _any_body(deployment, request, call)
    except Misplaced as error:
        return replace(call, misplaced=tuple(error.issues))


async def _body_if_any(deployment: Deployment, request: Request, call: Call) -> Call:
    headers = request.headers
    empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    return call if empty else await _any_body(deployment, request, call)


async def _form_body(deployment: Deployment, request: Request, call: Call) -> Call:
    """Add the parameters of the form to those of the URL (https://hl7.org/fhir/R4/http.html#search)."""
    negotiation.require_form(request.headers.get("content-type", ""))
    form = (await body.read(request, min(deployment.max_body, LONGEST_FORM))).decode("utf-8", "replace")
    query, presentation = await asyncio.to_thread(read_query, form) if len(form) > _LARGE else read_query(form)
    request.scope[FORM_PRESENTATION] = presentation
    return replace(call, query=call.query + query, presentation=call.presentation + presentation)


async def _patch_body(deployment: Deployment, request: Request, call: Call) -> Call:
    media = request.headers.get("content-type", "")
    return replace(
        call, change=await change(media, await body.read(request, deployment.max_body), deployment.max_depth)
    )


async def _no_resource(deployment: Deployment, entry: Entry, call: Call) -> Call:
    return call


async def _resource_if_any(deployment: Deployment, entry: Entry, call: Call) -> Call:
    return replace(call, resource=entry.resource)


async def _typed_resource(deployment: Deployment, entry: Entry, call: Call) -> Call:
    if entry.resource is None:
        raise BadRequest(f"{entry.method} needs a resource", expression="resource")
    return _with_typed(call, entry.resource)


async def _patch_resource(deployment: Deployment, entry: Entry, call: Call) -> Call:
    """Read a patch: a FHIRPath patch is a Parameters, any other comes in a Binary that tells its media type.

    https://hl7.org/fhir/R4/http.html#patch
    """
    patch = entry.resource or {}
    if patch.get("resourceType") == "Parameters":
        return replace(call, change=await change(negotiation.FHIR_JSON, fhir_json.dump(patch), deployment.max_depth))
    if patch.get("resourceType") != "Binary":
        raise BadRequest("a patch in a Bundle is a Parameters or a Binary", expression="resource")
    media, data = patch.get("contentType"), patch.get("data")
    if not isinstance(media, str) or not isinstance(data, str):
        raise BadRequest("the Binary of a patch needs contentType and data", expression="resource")
    try:
        raw = b64decode("".join(data.split()), validate=True)
    except (NotBase64, ValueError):
        raise BadRequest("the data of a Binary is base64", expression="resource.data") from None
    return replace(call, change=await change(media, raw, deployment.max_depth))


NOTHING = Content(_no_body, _no_resource)
RESOURCE = Content(_typed_body, _typed_resource)
"""A resource of the type in the path."""
ANY = Content(_any_body, _resource_if_any)
TO_CHECK = Content(_body_to_check, _resource_if_any)
OPTIONAL = Content(_body_if_any, _resource_if_any)
"""Any resource, mostly Parameters, or nothing."""
FORM = Content(_form_body, _no_resource)
PATCH = Content(_patch_body, _patch_resource)
