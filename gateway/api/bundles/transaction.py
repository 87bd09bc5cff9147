"""Transaction Bundles: resolved against the store, rewritten, validated, committed as ONE unit.

https://hl7.org/fhir/R4/http.html#transaction. Conditions are resolved before the commit and re-checked inside it; when
one no longer holds, all of it is resolved and tried again.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gateway import budget, event_loop
from gateway.api.bundles import batch as single
from gateway.api.bundles import resolve
from gateway.api.bundles.batch import Around
from gateway.api.bundles.conditional_references import Resolved
from gateway.api.call.call import Call
from gateway.api.interactions import interactions, references
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.errors import BadRequest, GatewayError, Gone, Invalid, Issue, NotSupported, PreconditionFailed
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate.bundle_references import tells_wrong_type
from gateway.fhir.validate.findings import MOST
from gateway.store.layout.records import ConditionChanged, Key, Result, Stored, Write

Foresee = Callable[[Sequence[Resolved]], Awaitable[None]]


async def run(deployment: Deployment, raw: Sequence[Any], around: Around) -> list[Reply]:
    """One reply per entry, in request order. Raises a GatewayError naming entries; then nothing was written."""
    entries = await _entries(raw, around.base)
    await _validate(deployment, [(entry.path, entry.resource or {}) for entry in entries if entry.stores])
    calls = await _calls(deployment, entries, around)
    reads = [entry for entry in entries if not entry.writes]
    if not calls:
        return [await single.attempt(deployment, entry, around) for entry in reads]
    written = await _commit(deployment, entries, calls, partial(_foresee, deployment, reads, around))
    return [written.get(entry.index) or await single.answer(deployment, entry, around) for entry in entries]


async def _foresee(
    deployment: Deployment, reads: Sequence[Entry], around: Around, resolved: Sequence[Resolved]
) -> None:
    """A transaction succeeds with all its entries or not at all, and those that only read come last: whatever would be
    refused must be known before the writes. What is asked about a resource that is written here is up to the write."""
    after = {item.key: item.body is not None for item in resolved if item.writes}
    for entry in reads:
        target = entry.target
        there = after.get(f"{target.type}/{target.id}") if target.id else None
        if there is None:
            with budget.refunding(always=True):
                await single.attempt(deployment, entry, around)
        elif not there and not target.beyond:
            raise bundle.named(Gone("the transaction deletes this resource"), entry.path)


async def _calls(deployment: Deployment, entries: Iterable[Entry], around: Around) -> list[tuple[Entry, Call]]:
    """What writes, as calls. Raises a GatewayError for an entry that could not be answered, whatever it asks for."""
    calls = []
    for entry in entries:
        await event_loop.breathe()
        try:
            offer, call = await single.asked(deployment, entry, around)
            if offer.changes:
                raise NotSupported("an operation that writes is not offered in a transaction; a batch takes it")
        except GatewayError as error:
            raise bundle.named(error, entry.path) from None
        if entry.writes:
            calls.append((entry, call))
    return calls


async def _entries(raw: Sequence[Any], base: str) -> list[Entry]:
    entries: list[Entry] = []
    faults: list[GatewayError] = []
    for index, item in enumerate(raw):
        try:
            entries.append(bundle.entry(index, item, base))
        except GatewayError as fault:
            faults.append(fault)
        await event_loop.breathe()
    if faults:
        raise BadRequest("the transaction is not understood", issues=[i for fault in faults for i in fault.issues])
    return entries


async def _validate(deployment: Deployment, resources: Iterable[tuple[str, Resource]]) -> None:
    """Raise Invalid with the findings of all `resources`, up to a limit, each with the path of its entry."""
    issues: list[Issue] = []
    for path, resource in resources:
        try:
            await interactions.check_valid(deployment, resource)
        except Invalid as error:
            issues += [bundle.within(issue, path) for issue in error.issues]
        if len(issues) >= MOST:
            break
    if issues:
        raise Invalid("the transaction holds invalid resources", issues=issues)


async def _commit(
    deployment: Deployment, entries: Sequence[Entry], calls: Sequence[tuple[Entry, Call]], foresee: Foresee
) -> dict[int, Reply]:
    """Resolve and commit the writes; when a condition, or what is patched, changed in between, again."""
    ids = {entry.index: deployment.new_id() for entry in entries if entry.stores and not entry.target.id}
    async with deployment.turns.taken(turn for _, call in calls if (turn := _turn(call))) as leave:
        for _ in range(interactions.TRIES):
            resolved = await resolve.every(deployment, calls, ids)
            leave({_turn(one.call) for one in resolved} - {_turn(one.call) for one in resolved if one.writes})
            writes = await resolve.writes(deployment, resolved)
            await _validate(deployment, _doubtful(deployment, resolved, writes))
            await foresee(resolved)
            kept = await deployment.store.resources.read_many(
                (one.call.type, one.id) for one in resolved if one.id and not one.writes
            )
            try:
                results = await references.commit(deployment, calls[0][1].base, *writes.values()) if writes else []
            except ConditionChanged:
                continue
            except GatewayError as error:
                # a patched resource may have changed meanwhile; resolving again reports a stale ifMatch
                if isinstance(error, PreconditionFailed) and any(call.change for _, call in calls):
                    continue
                raise _named(error, entries, list(writes)) from None
            return await _replies(deployment, resolved, dict(zip(writes, results, strict=True)), kept)
    raise interactions.restless()


def _named(error: GatewayError, entries: Sequence[Entry], written: Sequence[int]) -> GatewayError:
    """Return the error at the entry whose write is at fault. written: for each write the index of its entry."""
    if error.write is None:
        return error
    entry = next(entry for entry in entries if entry.index == written[error.write])
    return bundle.named(error, entry.path, entry.about)


def _doubtful(
    deployment: Deployment, resolved: Sequence[Resolved], writes: Mapping[int, Write]
) -> Iterator[tuple[str, Resource]]:
    """Yield the path of the entry and the resource where resolved references changed the resource since it was
    validated, and may have made it invalid: only now are the types known that they refer to.

    Without profiles, which may say more of references, a look at the types is enough: to validate everything twice
    costs a fifth of the rate at which transactions are stored.
    """
    for item in resolved:
        write = writes.get(item.entry.index)
        changed = write.resource if write is not None and write.resource is not item.body else None
        if changed is not None and (deployment.profiles is not None or tells_wrong_type(changed)):
            yield item.entry.path, changed


def _turn(call: Call) -> str:
    """What decides whether the call creates, as written, or what it patches; "" where nothing is to be waited for."""
    if call.change:
        return call.name if call.id else ""
    return f"{call.type}?{call.if_none_exist}" if call.if_none_exist else ""


async def _replies(
    deployment: Deployment, resolved: Sequence[Resolved], results: Mapping[int, Result], kept: Mapping[Key, Stored]
) -> dict[int, Reply]:
    """Make the replies. kept: the unchanged resources, read before the commit, as nothing may fail after it."""
    written = {(one.stored.type, one.stored.id): one.stored for one in results.values() if one.stored}
    replies = {}
    for item in resolved:
        key = (item.call.type, item.id)
        result = results.get(item.entry.index) or Result("exists", written.get(key) or kept.get(key))
        deployment.metrics.written(result.action)
        reply = await interactions.reply(deployment, item.call, result)
        replies[item.entry.index] = single.fitting(reply, wrote=True)
    return replies
