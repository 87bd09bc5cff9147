"""POST to the base: batch and transaction (https://hl7.org/fhir/R4/http.html#transaction)."""

import asyncio

from gateway.api import entries, respond, transaction
from gateway.api.api import Api
from gateway.api.call import Call
from gateway.api.entries import OVERHEAD, Around
from gateway.api.interactions import resource
from gateway.api.respond import Reply
from gateway.api.routes import Routes
from gateway.errors import TooLarge
from gateway.fhir.bundle import requests

_PER_TURN = 4 * 1024 * 1024
"""Bytes of the answer that are put together before others get their turn."""


async def answer(api: Api, call: Call, routes: Routes) -> Reply:
    """The response Bundle, its entries in request order. A transaction that fails raises, and nothing is written."""
    body = resource(call)
    raw = requests(body)
    if len(raw) > api.max_entries:
        raise TooLarge(f"a Bundle may have {api.max_entries} entries", expression="Bundle.entry")
    run = entries.batch if body["type"] == "batch" else transaction.run
    replies = await run(api, raw, Around(call.base, call.prefer, routes))
    return Reply(200, respond.bundle(f"{body['type']}-response", await _entries(replies)))


async def _entries(replies: list[Reply]) -> list[bytes]:
    """Each reply is given up as its entry is made, so that a large answer is not held once more; others get their turn
    meanwhile."""
    entries: list[bytes] = []
    unyielded = 0
    replies.reverse()
    while replies:
        entries.append(respond.entry_of(replies.pop()))
        unyielded += len(entries[-1]) + OVERHEAD
        if unyielded > _PER_TURN:
            unyielded = 0
            await asyncio.sleep(0)
    return entries
