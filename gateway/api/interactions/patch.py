"""PATCH: JSON Patch, JSON merge patch or FHIRPath Patch on the current version, by id or by condition.

https://hl7.org/fhir/R4/http.html#patch. Without If-Match the patch is applied to whichever version is current, and
again if somebody else was faster.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway import event_loop
from gateway.api.call.call import Call
from gateway.api.interactions.interactions import (
    ORIGIN,
    TRIES,
    check_valid,
    commit,
    condition_query,
    expected,
    matching,
    restless,
)
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import negotiation
from gateway.api.reply.respond import Reply
from gateway.errors import Gone, MultipleMatches, NotFound, PreconditionFailed, UnsupportedMediaType
from gateway.fhir import fhir_json, xml
from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch import APPLY, Change
from gateway.store.layout.records import Condition, ConditionChanged, Stored, Write


async def change(content_type: str, body: bytes, max_depth: int) -> Change:
    """Read the patch in the body. Raises UnsupportedMediaType, Malformed."""
    return await event_loop.run(partial(_change, content_type, body, max_depth), body)


def _change(content_type: str, body: bytes, max_depth: int) -> Change:
    media = negotiation.media(content_type)
    if media not in APPLY and media != negotiation.PLAIN_JSON:
        raise UnsupportedMediaType(f"Content-Type of a patch must be one of {', '.join(APPLY)}")
    patch = (xml.parse if media == negotiation.FHIR_XML else fhir_json.value)(body, max_depth=max_depth)
    apply = APPLY[_media_of(patch) if media == negotiation.PLAIN_JSON else media]
    return lambda resource: apply(resource, patch)


def _media_of(patch: Any) -> str:
    """Clients such as fhirpy say no more than application/json; which patch it is can be seen."""
    if isinstance(patch, list):
        return "application/json-patch+json"
    parameters = isinstance(patch, dict) and patch.get("resourceType") == "Parameters"
    return negotiation.FHIR_JSON if parameters else "application/merge-patch+json"


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Raises NotFound, Gone, PreconditionFailed, MultipleMatches, Invalid and what the patch raises."""
    async with deployment.turns.taken([f"{call.type}/{call.id}"] if call.id else []):
        for _ in range(TRIES):
            try:
                return await _once(deployment, call)
            except MultipleMatches:
                raise
            except (ConditionChanged, PreconditionFailed):
                if call.if_match:
                    raise
    raise restless()


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be patched, as it was in `version`, and what the patch makes of it; `condition`: what named it."""

    id: str
    version: int
    patched: Resource
    condition: Condition | None


async def _once(deployment: Deployment, call: Call) -> Reply:
    one = await found(deployment, call)
    write = Write(call.type, one.id, one.patched, ORIGIN, if_match=one.version, condition=one.condition)
    return await commit(deployment, call, write)


async def found(deployment: Deployment, call: Call) -> Found:
    """Raises NotFound, Gone, PreconditionFailed, MultipleMatches, Invalid and what the patch raises."""
    assert call.change is not None
    id_, condition = call.id, None
    if not id_:
        query = await condition_query(deployment, call.base, call.type, call.query)
        id_ = await matching(deployment, query)
        if not id_:
            raise NotFound("the condition matches nothing that could be patched")
        condition = Condition(query, (id_,))
    stored = await _current(deployment, call, id_)
    patched = await event_loop.in_thread(partial(_applied, call.change, stored.body))
    await check_valid(deployment, patched)
    return Found(id_, stored.version, patched, condition)


def _applied(change: Change, body: bytes) -> Resource:
    """Return the patched resource. Call it in a thread: even a short patch may contain an endless expression."""
    return change(fhir_json.parse(body))


async def _current(deployment: Deployment, call: Call, id_: str) -> Stored:
    """The version to patch. Raises PreconditionFailed when If-Match asks for another one."""
    stored = await deployment.store.resources.read(call.type, id_)
    if stored is None:
        raise NotFound(f"{call.type}/{id_} is not known")
    if stored.deleted:
        raise Gone(f"{call.type}/{id_} is deleted")
    wanted = await expected(deployment, call, id_)
    if wanted not in (None, stored.version):
        raise PreconditionFailed(f"{call.type}/{id_} is now at version {stored.version}")
    return stored
