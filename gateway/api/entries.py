"""One entry of a Bundle, answered as the same request would be by HTTP; and batches, which are nothing more."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gateway import event_loop
from gateway.api import respond
from gateway.api.api import Api
from gateway.api.call import Call, from_entry
from gateway.api.negotiate import Preference
from gateway.api.respond import Reply
from gateway.api.routes import Offer, Routes
from gateway.errors import GatewayError
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry

log = structlog.get_logger()
AT_ONCE = 200
"""Entries of a batch under way together, so that the store commits them as groups."""


@dataclass(frozen=True, slots=True)
class Around:
    """What all entries of a Bundle share: this server's address, what the client prefers, and what is offered."""

    base: str
    prefer: Preference
    routes: Routes


async def batch(api: Api, raw: Sequence[Any], around: Around) -> list[Reply]:
    """One reply per entry, in request order. None may depend on another; they are answered in the order in which a
    transaction is processed, those of one kind together (https://hl7.org/fhir/R4/http.html#brules)."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(entry: Entry) -> tuple[int, Reply]:
        async with turn:
            await event_loop.breathe()
            return entry.index, await answer(api, entry, around)

    entries, replies = await _read(raw, around.base)
    for kind in bundle.kinds(entries):
        replies |= dict(await asyncio.gather(*map(one, kind)))
    return [replies[index] for index in range(len(raw))]


async def _read(raw: Sequence[Any], base: str) -> tuple[list[Entry], dict[int, Reply]]:
    """What can be read of a batch, and the replies to the rest of it."""
    entries: list[Entry] = []
    refused: dict[int, Reply] = {}
    for index, item in enumerate(raw):
        await event_loop.breathe()
        try:
            entries.append(bundle.entry(index, item, base))
        except GatewayError as error:
            refused[index] = respond.failure(error)
    return entries, refused


async def asked(api: Api, entry: Entry, around: Around) -> tuple[Offer, Call]:
    """What the entry asks for. Raises NotFound, MethodNotAllowed, and what is wrong with its content."""
    route, path = around.routes.find(entry.target.path)
    offer = route.offer(entry.method)
    return offer, await offer.content.of_entry(api, entry, from_entry(entry, path, around.base, around.prefer))


async def attempt(api: Api, entry: Entry, around: Around) -> Reply:
    """The reply to this entry alone. Raises a GatewayError that names it."""
    try:
        offer, call = await asked(api, entry, around)
        reply = await offer.interaction(api, call)
    except GatewayError as error:
        raise bundle.named(error, entry.path) from error
    return respond.without_body(reply) if entry.method == "HEAD" else reply


async def answer(api: Api, entry: Entry, around: Around) -> Reply:
    """The same, but an error becomes its outcome, and only its own."""
    try:
        return await attempt(api, entry, around)
    except GatewayError as error:
        return respond.failure(error)
    except Exception as error:  # the other entries may be committed by now: they must be reported
        log.error("entry failed", error=type(error).__name__)
        return respond.failure(GatewayError("an internal error", expression=entry.path))
