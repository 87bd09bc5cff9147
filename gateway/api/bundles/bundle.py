"""Answer a POST to the base: a batch or a transaction (https://hl7.org/fhir/R4/http.html#transaction)."""

from gateway import event_loop
from gateway.api.bundles import batch, transaction
from gateway.api.bundles.entry import BundleContext
from gateway.api.call.call import Call
from gateway.api.process.deployment import Deployment
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.api.routing.routes import Routes
from gateway.errors import TooLarge
from gateway.fhir.bundle import request_entries


async def answer(deployment: Deployment, call: Call, routes: Routes) -> Reply:
    """Return the response Bundle, its entries in request order.

    Raises BadRequest for any other Bundle, TooLarge for too many entries, and the error that makes a transaction fail.
    """
    body = call.required_resource()
    raw = request_entries(body)
    if len(raw) > deployment.max_entries:
        raise TooLarge(f"a Bundle may have {deployment.max_entries} entries", expression="Bundle.entry")
    run = batch.run if body["type"] == "batch" else transaction.run
    replies = await run(deployment, raw, BundleContext(call.base, call.prefer, routes))
    return Reply(200, await respond.bundle_in_turn(f"{body['type']}-response", await _entries(replies)))


async def _entries(replies: list[Reply]) -> list[bytes]:
    """Build the entries of `replies`, and empty `replies` meanwhile, so that a large answer is not held twice."""
    entries: list[bytes] = []
    replies.reverse()
    while replies:
        await event_loop.breathe()
        entries.append(respond.entry_of(replies.pop()))
    return entries
