"""Read and apply a patch: JSON Patch, JSON merge patch or FHIRPath Patch (https://hl7.org/fhir/R4/http.html#patch)."""

from functools import partial
from typing import Any

from gateway import event_loop
from gateway.api.protocol import negotiation
from gateway.errors import UnsupportedMediaType
from gateway.fhir import fhir_json, xml
from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch import APPLY, Change
from gateway.store.layout.records import Stored


async def change(content_type: str, body: bytes, max_depth: int) -> Change:
    """Read the patch in the body. Raises UnsupportedMediaType, Malformed."""
    return await event_loop.run(partial(_change, content_type, body, max_depth), body)


def _change(content_type: str, body: bytes, max_depth: int) -> Change:
    media = negotiation.media(content_type)
    if media not in APPLY and media != negotiation.PLAIN_JSON:
        raise UnsupportedMediaType(f"Content-Type of a patch must be one of {', '.join(APPLY)}")
    patch = (xml.parse if media == negotiation.FHIR_XML else fhir_json.parse_value)(body, max_depth=max_depth)
    apply = APPLY[_media_of(patch) if media == negotiation.PLAIN_JSON else media]
    return lambda resource: apply(resource, patch)


def _media_of(patch: Any) -> str:
    """Clients such as fhirpy say no more than application/json; which patch it is can be seen."""
    if isinstance(patch, list):
        return "application/json-patch+json"
    parameters = isinstance(patch, dict) and patch.get("resourceType") == "Parameters"
    return negotiation.FHIR_JSON if parameters else "application/merge-patch+json"


async def patched(change: Change, stored: Stored) -> Resource:
    """Return what the patch makes of a version. Raises what the patch raises.

    Always in a thread: even a short patch may contain an endless expression.
    """
    return await event_loop.in_thread(lambda: change(fhir_json.parse(stored.body)))
