"""Transactions: all entries are decided, rewritten, validated and committed as ONE unit, or nothing is written.

https://hl7.org/fhir/R4/http.html#transaction. What the writes depend on is looked up before the commit and checked
again inside it; if it has changed, everything is decided again.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gateway import budget, event_loop
from gateway.api.bundles.entry import BundleContext, answer, attempt, call_of, read_entries
from gateway.api.bundles.entry_intents import EntryIntent, decide_together
from gateway.api.bundles.rewriting import rewritten_writes
from gateway.api.call.call import Call
from gateway.api.interactions import references, write
from gateway.api.interactions.condition import retry_while_condition_changes
from gateway.api.interactions.intent import Nothing, Reuse
from gateway.api.process.deployment import Deployment
from gateway.api.process.write_queues import Release
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.errors import GatewayError, Gone, Invalid, NotSupported, raise_together
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry
from gateway.fhir.validate.bundle_references import tells_wrong_type
from gateway.fhir.validate.findings import MOST
from gateway.store.layout.records import Result, Write


async def run(deployment: Deployment, raw: Sequence[Any], context: BundleContext) -> list[Reply]:
    """Return one reply per entry, in request order. Raises a GatewayError naming entries; then nothing was written."""
    entries, calls = await _read(deployment, raw, context)
    transaction = TransactionBundle(deployment, context, entries, calls)
    replies = await transaction.commit()
    return [replies.get(entry.index) or await answer(deployment, entry, context) for entry in entries]


async def _read(
    deployment: Deployment, raw: Sequence[Any], context: BundleContext
) -> tuple[list[Entry], list[tuple[Entry, Call]]]:
    """Return all entries, and the calls of those that write.

    Raises one error with the findings of all entries, up to a limit.
    """
    entries, unreadable = await read_entries(raw, context.base)
    errors, calls = list(unreadable.values()), []
    for entry in entries:
        await event_loop.breathe()
        try:
            offer, call = await call_of(deployment, entry, context)
            if offer.changes:
                raise NotSupported("an operation that writes is not offered in a transaction; a batch takes it")
            if entry.writes:
                await write.check(deployment, call)
                calls.append((entry, call))
        except GatewayError as error:
            errors.append(bundle.place_error(error, entry.path))
        if sum(len(error.issues) for error in errors) >= MOST:
            break
    raise_together(errors)
    return entries, calls


@dataclass(frozen=True, slots=True)
class TransactionBundle:
    """A transaction whose entries have been read.

    entries: all of them, in request order.
    calls: those that write.
    """

    deployment: Deployment
    context: BundleContext
    entries: Sequence[Entry]
    calls: Sequence[tuple[Entry, Call]]

    async def commit(self) -> dict[int, Reply]:
        """Commit what the entries write; return their replies by the index of the entry.

        Raises a GatewayError if any entry would fail, also one that only reads.
        """
        new_ids = {entry.index: self.deployment.new_id() for entry, call in self.calls if call.resource and not call.id}
        queues = [queue for _, call in self.calls if (queue := _queue(call))]
        async with self.deployment.write_queues.hold(queues) as release:
            return await retry_while_condition_changes(partial(self._attempt, new_ids, release))

    async def _attempt(self, new_ids: Mapping[int, str], release: Release) -> dict[int, Reply]:
        intents = await decide_together(self.deployment, self.calls, new_ids)
        release({_queue(item.call) for item in intents} - {_queue(item.call) for item in intents if item.writes})
        writes = await rewritten_writes(self.deployment, intents)
        await self._check_rewritten(intents, writes)
        await self._check_reads(intents)
        results = await self._commit(writes)
        return await self._replies(intents, results)

    async def _check_rewritten(self, intents: Sequence[EntryIntent], writes: Mapping[int, Write]) -> None:
        """Raise Invalid if rewritten references have made resources invalid: only now are the types known that they
        refer to.

        Without profiles, which may say more of references, a look at the types is enough: to validate everything twice
        costs a fifth of the rate at which transactions are stored.
        """
        errors: list[GatewayError] = []
        for item in intents:
            resource = writes[item.entry.index].resource if item.writes else None
            if resource is None or resource is item.resource:
                continue
            if self.deployment.profiles is not None or tells_wrong_type(resource):
                try:
                    await write.check_valid(self.deployment, resource)
                except Invalid as error:
                    errors.append(bundle.place_error(error, item.entry.path))
            if sum(len(error.issues) for error in errors) >= MOST:
                break
        raise_together(errors)

    async def _check_reads(self, intents: Sequence[EntryIntent]) -> None:
        """Raise the error of an entry that reads, before anything is written.

        A transaction succeeds with all its entries or not at all, but those that read come last. What an entry reads
        of a resource that the transaction writes is not known yet; it can fail only if the resource is deleted.
        """
        remains = {item.key: item.resource is not None for item in intents if item.writes}
        for entry in self.entries:
            if entry.writes:
                continue
            target = entry.target
            written = remains.get(f"{target.type}/{target.id}") if target.id else None
            if written is None:
                with budget.refunding(always=True):
                    await attempt(self.deployment, entry, self.context)
            elif not written and not target.beyond:
                raise bundle.place_error(Gone("the transaction deletes this resource"), entry.path)

    async def _commit(self, writes: Mapping[int, Write]) -> dict[int, Result]:
        """Commit the writes; return the results by the index of the entry. Raises an error that names the entry."""
        if not writes:
            return {}
        try:
            results = await references.commit(self.deployment, self.context.base, *writes.values())
        except GatewayError as error:
            if error.write is None:
                raise
            index = list(writes)[error.write]
            entry = next(entry for entry in self.entries if entry.index == index)
            raise bundle.place_error(error, entry.path, entry.about) from None
        return dict(zip(writes, results, strict=True))

    async def _replies(self, intents: Sequence[EntryIntent], results: Mapping[int, Result]) -> dict[int, Reply]:
        stored = {f"{new.type}/{new.id}": new for result in results.values() if (new := result.stored)}
        replies = {}
        for item in intents:
            if isinstance(item.intent, Reuse | Nothing):
                result = item.intent.unwritten
                result = replace(result, stored=stored.get(item.key) or result.stored)  # another entry may write it
            else:
                result = results[item.entry.index]
            reply = await write.reply(self.deployment, item.call, result)
            replies[item.entry.index] = respond.charged(reply, wrote=True)
        return replies


def _queue(call: Call) -> Hashable:
    """Return what decides whether the call creates, or names what it patches; None if it need not wait for others."""
    if call.change:
        return call.name if call.id else None
    return (call.type, call.criteria) if call.method == "POST" and call.criteria else None
