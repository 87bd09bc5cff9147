"""Read the request of an edit: the document or patch in the body, and the versions that it applies to."""

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request

from gateway import event_loop
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import body, negotiation
from gateway.api.protocol.precondition import Precondition, precondition
from gateway.errors import BadRequest, Invalid, UnsupportedMediaType
from gateway.fhir import fhir_json
from gateway.fhir.patch import json_patch, merge_patch

Document = dict[str, Any]
Change = Callable[[Document], Document]

_PATCHES: dict[str, Callable[[Any, Any], Any]] = {
    "application/json-patch+json": json_patch.patched,
    "application/merge-patch+json": merge_patch.patched,
}
_TOLD = ("_id", "fhir", "unmapped", "quality")


def precondition_of(request: Request) -> Precondition:
    """Return what the headers of a write demand of the current version. Raises BadRequest for malformed headers."""
    return precondition(request.headers.get("if-match", ""), request.headers.get("if-none-match", ""))


async def document(request: Request, deployment: Deployment) -> Document:
    """Read a document. Raises UnsupportedMediaType, TooLarge, Malformed, BadRequest."""
    if negotiation.media(request.headers.get("content-type", "")) != negotiation.PLAIN_JSON:
        raise UnsupportedMediaType(f"Content-Type must be {negotiation.PLAIN_JSON}")
    found = await _value(request, deployment)
    if not isinstance(found, dict):
        raise BadRequest("a document is a JSON object")
    return found


async def _value(request: Request, deployment: Deployment) -> Any:
    data = await body.read(request, deployment.max_body)
    return await event_loop.run(partial(fhir_json.parse_value, data, max_depth=deployment.max_depth), data)


async def change(request: Request, deployment: Deployment) -> Change:
    """Return what a patch does to a document. As `application/json`, an array is a JSON Patch and an object a merge
    patch.
    """
    media = negotiation.media(request.headers.get("content-type", ""))
    if media not in _PATCHES and media != negotiation.PLAIN_JSON:
        raise UnsupportedMediaType(f"Content-Type of a patch must be one of {', '.join(_PATCHES)}")
    patch = await _value(request, deployment)
    if media == negotiation.PLAIN_JSON:
        media = "application/json-patch+json" if isinstance(patch, list) else "application/merge-patch+json"
    apply = _PATCHES[media]
    return lambda before: _own(before, apply(before, patch))


def _own(before: Document, after: Any) -> Document:
    """Refuse changes to `fhir`, which only the gateway writes. Raises Invalid."""
    if not isinstance(after, dict):
        raise Invalid("the patch leaves no document")
    for name in _TOLD:
        if after.get(name) != before.get(name):
            raise Invalid(f"{name}: is told by the gateway and cannot be changed", expression=name)
    return after
