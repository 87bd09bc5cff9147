"""One entry of a Bundle, answered as the same request would be by HTTP; and batches, which are nothing more."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import structlog

from gateway.api import capability, history, interactions, respond, search
from gateway.api.api import Api
from gateway.api.call import Call, from_entry
from gateway.api.negotiate import Preference
from gateway.api.respond import Reply
from gateway.errors import GatewayError, NotSupported
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry

log = structlog.get_logger()
AT_ONCE = 200
"""Entries of a batch under way together, so that the store commits them as groups."""


async def batch(api: Api, raw: Sequence[Any], base: str, prefer: Preference) -> list[Reply]:
    """One reply per entry, in request order; none depends on another."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(index: int, item: Any) -> Reply:
        async with turn:
            try:
                return await answer(api, bundle.entry(index, item, base), base, prefer)
            except GatewayError as error:
                return respond.failure(error)

    return await asyncio.gather(*(one(index, item) for index, item in enumerate(raw)))


async def answer(api: Api, entry: Entry, base: str, prefer: Preference) -> Reply:
    """The reply to this entry alone; an error becomes its outcome, and only its own."""
    try:
        return await _interaction(api, entry, from_entry(entry, base, prefer))
    except GatewayError as error:
        return respond.failure(bundle.named(error, entry.path))
    except Exception as error:  # the other entries may be committed by now: they must be reported
        log.error("entry failed", error=type(error).__name__)
        return respond.failure(GatewayError("an internal error", expression=entry.path))


def _interaction(api: Api, entry: Entry, call: Call) -> Awaitable[Reply]:
    target = entry.target
    match entry.method:
        case "POST":
            return interactions.create(api, call)
        case "PUT":
            return interactions.update(api, call)
        case "DELETE":
            return interactions.delete(api, call)
    if target.operation == "metadata":
        return capability.answer(api, call)
    if target.operation:
        raise NotSupported("operations are not offered inside a Bundle")
    if target.version:
        return interactions.vread(api, call)
    if target.history:
        return history.answer(api, call)
    return interactions.read(api, call) if target.id else search.answer(api, call)
