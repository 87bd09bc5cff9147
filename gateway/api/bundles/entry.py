"""Answer one entry of a Bundle as the same request alone would be answered."""

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
from gateway.errors import GatewayError, NotSupported
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BundleContext:
    """The circumstances that all entries of a Bundle share.

    base: the address of this server.
    prefer: the preferences of the client.
    routes: the interactions that are offered.
    """

    base: str
    prefer: Preference
    routes: Routes


async def read_entries(raw: Sequence[Any], base: str) -> tuple[list[Entry], dict[int, GatewayError]]:
    """Return the entries that can be read, and the errors of the others by their index."""
    entries: list[Entry] = []
    errors: dict[int, GatewayError] = {}
    for index, item in enumerate(raw):
        await event_loop.breathe()
        try:
            entries.append(bundle.parse_entry(index, item, base))
        except GatewayError as error:
            errors[index] = error
    return entries, errors


async def call_of(deployment: Deployment, entry: Entry, context: BundleContext) -> tuple[Offer, Call]:
    """Return the interaction that the entry asks for, and its call.

    Raises NotFound, MethodNotAllowed, and BadRequest if the content of the entry does not fit. The error does not yet
    name the entry.
    """
    if entry.method == "POST" and not entry.target.path:
        raise NotSupported("a Bundle cannot be processed as an entry of another Bundle")
    route, path = context.routes.find(entry.target.path)
    offer = route.offer(entry.method)
    call = from_entry(entry, path, context.base, context.prefer)
    return offer, await offer.content.of_entry(deployment, entry, call)


async def answer(deployment: Deployment, entry: Entry, context: BundleContext) -> Reply:
    """Answer one entry; an error becomes its OperationOutcome and leaves the other entries alone."""
    try:
        return await attempt(deployment, entry, context)
    except GatewayError as error:
        return respond.failure(error)
    except Exception as error:  # the other entries may be committed by now: their replies must reach the client
        log.error("entry failed", error=type(error).__name__)
        return respond.failure(GatewayError("an internal error", expression=entry.path))


async def attempt(deployment: Deployment, entry: Entry, context: BundleContext) -> Reply:
    """Answer one entry. Raises a GatewayError that names the entry."""
    try:
        budget.check()
        with budget.refunding() as spent:
            offer, call = await call_of(deployment, entry, context)
            reply = await offer.interaction(deployment, call)
            reply = respond.without_body(reply) if entry.method == "HEAD" else reply
            spent.refund_bytes()
            return respond.charged(reply, wrote=entry.writes or offer.changes)
    except GatewayError as error:
        raise bundle.place_error(error, entry.path, entry.about) from error
