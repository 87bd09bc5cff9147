"""One entry of a Bundle, answered as the same request would be by HTTP; and batches, which are nothing more."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gateway import budget, event_loop
from gateway.api.call.call import Call, from_entry
from gateway.api.process.deployment import Deployment
from gateway.api.protocol.negotiation import Preference
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.api.routing.routes import Offer, Routes
from gateway.errors import Busy, GatewayError, TooCostly
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry

log = structlog.get_logger()
AT_ONCE, SEARCHES_AT_ONCE = 200, 8
"""Entries of a batch under way together, so that the store commits and reads them in groups; fewer of those whose
answers may be large."""
OVERHEAD = 500
"""Approximate bytes of an entry besides the body of its reply."""


@dataclass(frozen=True, slots=True)
class Around:
    """What all entries of a Bundle share.

    base: the address of this server.
    prefer: the preferences of the client.
    routes: the interactions that are offered.
    """

    base: str
    prefer: Preference
    routes: Routes


async def batch(deployment: Deployment, raw: Sequence[Any], around: Around) -> list[Reply]:
    """One reply per entry, in request order. None may depend on another; they are answered in the order in which a
    transaction is processed, those of one kind together (https://hl7.org/fhir/R4/http.html#brules)."""
    entries, replies = await _read(raw, around.base)
    for kind in bundle.kinds(entries):
        small = [entry for entry in kind if entry.writes or _is_read(entry)]
        large = [entry for entry in kind if not (entry.writes or _is_read(entry))]
        for group, at_once in ((small, AT_ONCE), (large, SEARCHES_AT_ONCE)):
            replies |= await _answers(deployment, group, around, at_once)
    return [replies[index] for index in range(len(raw))]


async def _answers(deployment: Deployment, entries: Sequence[Entry], around: Around, at_once: int) -> dict[int, Reply]:
    """Return the replies by the index of their entries, working on `at_once` entries at a time."""
    replies: dict[int, Reply] = {}
    waiting = iter(entries)

    async def work() -> None:
        for entry in waiting:
            replies[entry.index] = await answer(deployment, entry, around)
            await event_loop.breathe()  # a refused entry never waits for anything, so let others have their turn here

    await asyncio.gather(*(work() for _ in range(min(at_once, len(entries)))))
    return replies


def _is_read(entry: Entry) -> bool:
    """Tell whether the entry asks for one resource by its id."""
    return bool(entry.target.id) and not entry.target.beyond


async def _read(raw: Sequence[Any], base: str) -> tuple[list[Entry], dict[int, Reply]]:
    """Return the entries of a batch that can be read, and the replies to the others by their index."""
    entries: list[Entry] = []
    refused: dict[int, Reply] = {}
    for index, item in enumerate(raw):
        await event_loop.breathe()
        try:
            entries.append(bundle.entry(index, item, base))
        except GatewayError as error:
            refused[index] = respond.failure(error)
    return entries, refused


async def asked(deployment: Deployment, entry: Entry, around: Around) -> tuple[Offer, Call]:
    """Return the interaction that the entry asks for, and its call.

    Raises NotFound, MethodNotAllowed, and whatever is wrong with the content of the entry.
    """
    route, path = around.routes.find(entry.target.path)
    offer = route.offer(entry.method)
    return offer, await offer.content.of_entry(deployment, entry, from_entry(entry, path, around.base, around.prefer))


async def attempt(deployment: Deployment, entry: Entry, around: Around) -> Reply:
    """The reply to this entry alone. Raises a GatewayError that names it."""
    try:
        budget.check()
        with budget.refunding() as spent:
            offer, call = await asked(deployment, entry, around)
            reply = await offer.interaction(deployment, call)
            reply = respond.without_body(reply) if entry.method == "HEAD" else reply
            spent.refund_bytes()
            return fitting(reply, wrote=entry.writes or offer.changes)
    except GatewayError as error:
        raise bundle.named(error, entry.path, entry.about) from error


def fitting(reply: Reply, *, wrote: bool) -> Reply:
    """Charge the request for a reply, as all entries share its budget, and return the reply.

    If its body is too large, a reply that `wrote` loses the body, because the write has succeeded. Raises TooCostly or
    Busy for other replies.
    """
    try:
        budget.spend(bytes=len(reply.body) + OVERHEAD)
    except (TooCostly, Busy):
        if not wrote:
            raise
        return respond.without_body(reply)
    return reply


async def answer(deployment: Deployment, entry: Entry, around: Around) -> Reply:
    """The same, but an error becomes its outcome, and only its own."""
    try:
        return await attempt(deployment, entry, around)
    except GatewayError as error:
        return respond.failure(error)
    except Exception as error:  # the other entries may be committed by now: they must be reported
        log.error("entry failed", error=type(error).__name__)
        return respond.failure(GatewayError("an internal error", expression=entry.path))
