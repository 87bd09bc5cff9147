"""Batches: every entry is answered by itself (https://hl7.org/fhir/R4/http.html#transaction)."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway import event_loop
from gateway.api.bundles.entry import BundleContext, answer, read_entries
from gateway.api.process.deployment import Deployment
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry

_SMALL_AT_ONCE, _LARGE_AT_ONCE = 200, 8
"""Entries of a batch under way together, so that the store commits and reads them in groups; fewer of those whose
answers may be large."""


async def run(deployment: Deployment, raw: Sequence[Any], context: BundleContext) -> list[Reply]:
    """Return one reply per entry, in request order.

    No entry may depend on another. They are answered in the order in which a transaction is processed, those of one
    kind together (https://hl7.org/fhir/R4/http.html#brules).
    """
    entries, errors = await read_entries(raw, context.base)
    replies = {index: respond.failure(error) for index, error in errors.items()}
    for kind in bundle.batch_phases(entries):
        small = [entry for entry in kind if _has_small_answer(entry)]
        large = [entry for entry in kind if not _has_small_answer(entry)]
        for group, at_once in ((small, _SMALL_AT_ONCE), (large, _LARGE_AT_ONCE)):
            replies |= await _answers(deployment, group, context, at_once)
    return [replies[index] for index in range(len(raw))]


def _has_small_answer(entry: Entry) -> bool:
    """Tell whether the entry writes, or reads one resource by its id."""
    return entry.writes or (bool(entry.target.id) and not entry.target.beyond)


async def _answers(
    deployment: Deployment, entries: Sequence[Entry], context: BundleContext, at_once: int
) -> dict[int, Reply]:
    """Return the replies by the index of their entries, working on `at_once` entries at a time."""
    replies: dict[int, Reply] = {}
    waiting = iter(entries)

    async def work() -> None:
        for entry in waiting:
            replies[entry.index] = await answer(deployment, entry, context)
            await event_loop.breathe()  # a refused entry never waits for anything, so let others have their turn here

    await asyncio.gather(*(work() for _ in range(min(at_once, len(entries)))))
    return replies
