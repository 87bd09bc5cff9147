"""Transactions: all entries are decided, rewritten, validated and committed as ONE unit, or nothing is written.

https://hl7.org/fhir/R4/http.html#transaction. What the entries depend on is looked up before the commit and checked
again inside it; if it has changed, everything is decided again.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway import budget, event_loop
from gateway.api.bundles.entry import BundleContext, answer, attempt, call_of, charged, read_entries
from gateway.api.bundles.entry_intents import EntryIntent, decide_together, raise_together
from gateway.api.bundles.rewriting import rewritten_writes
from gateway.api.call.call import Call
from gateway.api.interactions import references, write
from gateway.api.interactions.condition import retry_while_condition_changes
from gateway.api.interactions.intent import check_request, criteria_of
from gateway.api.process.deployment import Deployment
from gateway.api.process.write_queues import Release
from gateway.api.reply.respond import Reply
from gateway.errors import GatewayError, Gone, Invalid, Issue, NotSupported
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate.bundle_references import tells_wrong_type
from gateway.fhir.validate.findings import MOST
from gateway.store.layout.records import Result, Write


async def run(deployment: Deployment, raw: Sequence[Any], context: BundleContext) -> list[Reply]:
    """Return one reply per entry, in request order. Raises a GatewayError naming entries; then nothing was written."""
    entries, calls = await _read(deployment, raw, context)
    await _validate(deployment, ((entry.path, call.resource) for entry, call in calls if call.resource is not None))
    transaction = Transaction(deployment, context, entries, calls)
    replies = await transaction.commit()
    return [replies.get(entry.index) or await answer(deployment, entry, context) for entry in entries]


async def _read(
    deployment: Deployment, raw: Sequence[Any], context: BundleContext
) -> tuple[list[Entry], list[tuple[Entry, Call]]]:
    """Return all entries, and the calls of those that write. Raises one error with the findings of all entries."""
    entries, unreadable = await read_entries(raw, context.base)
    errors, calls = list(unreadable.values()), []
    for entry in entries:
        await event_loop.breathe()
        try:
            offer, call = await call_of(deployment, entry, context)
            if offer.changes:
                raise NotSupported("an operation that writes is not offered in a transaction; a batch takes it")
            if entry.writes:
                check_request(call)
                calls.append((entry, call))
        except GatewayError as error:
            errors.append(bundle.place_error(error, entry.path))
    raise_together(errors)
    return entries, calls


async def _validate(deployment: Deployment, resources: Iterable[tuple[str, Resource]]) -> None:
    """Raise Invalid with the findings of all `resources`, up to a limit, each with the path of its entry."""
    issues: list[Issue] = []
    for path, resource in resources:
        try:
            await write.check_valid(deployment, resource)
        except Invalid as error:
            issues += [bundle.place_issue(issue, path) for issue in error.issues]
        if len(issues) >= MOST:
            break
    if issues:
        raise Invalid("the transaction holds invalid resources", issues=issues)


@dataclass(frozen=True, slots=True)
class Transaction:
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
        await _validate(self.deployment, self._doubtful(intents, writes))
        await self._check_reads(intents)
        results = await self._commit(writes)
        return await self._replies(intents, results)

    def _doubtful(self, intents: Sequence[EntryIntent], writes: Mapping[int, Write]) -> Iterator[tuple[str, Resource]]:
        """Yield the path of the entry and the resource where rewritten references may have made a resource invalid:
        only now are the types known that they refer to.

        Without profiles, which may say more of references, a look at the types is enough: to validate everything twice
        costs a fifth of the rate at which transactions are stored.
        """
        for item in intents:
            resource = writes[item.entry.index].resource if item.writes else None
            if resource is None or resource is item.call.resource:
                continue
            if self.deployment.profiles is not None or tells_wrong_type(resource):
                yield item.entry.path, resource

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
            result = results.get(item.entry.index) or write.unwritten(item.intent)
            if result.action == "exists":  # reused may be what another entry writes
                result = Result("exists", stored.get(item.key) or result.stored)
            reply = await write.reply(self.deployment, item.call, result)
            replies[item.entry.index] = charged(reply, wrote=True)
        return replies


def _queue(call: Call) -> Hashable:
    """Return what decides whether the call creates, or names what it patches; None if it need not wait for others."""
    if call.change:
        return call.name if call.id else None
    return (call.type, criteria_of(call)) if call.method == "POST" and criteria_of(call) else None
