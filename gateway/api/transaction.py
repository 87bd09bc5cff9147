"""Transaction Bundles: resolved against the store, rewritten, validated, committed as ONE unit.

https://hl7.org/fhir/R4/http.html#transaction. Conditions are resolved before the commit and re-checked inside it; when
one no longer holds, all of it is resolved and tried again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.api import entries as single
from gateway.api import interactions, resolve
from gateway.api.api import Api
from gateway.api.call import Call, from_entry
from gateway.api.negotiate import Preference
from gateway.api.resolve import Resolved, breathe
from gateway.api.respond import Reply
from gateway.errors import BadRequest, GatewayError, Invalid, Issue
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry
from gateway.fhir.validate import check
from gateway.fhir.validate.findings import MOST
from gateway.store.records import ConditionChanged, Result


async def run(api: Api, raw: Sequence[Any], base: str, prefer: Preference) -> list[Reply]:
    """One reply per entry, in request order. Raises a GatewayError naming entries; then nothing was written."""
    entries = await _entries(raw, base)
    await _validate(api, entries)
    written = await _commit(api, entries, base, prefer)
    return [written.get(entry.index) or await single.answer(api, entry, base, prefer) for entry in entries]


async def _entries(raw: Sequence[Any], base: str) -> list[Entry]:
    entries: list[Entry] = []
    faults: list[GatewayError] = []
    for index, item in enumerate(raw):
        try:
            entries.append(bundle.entry(index, item, base))
        except GatewayError as fault:
            faults.append(fault)
        await breathe(index)
    if faults:
        raise BadRequest("the transaction is not understood", issues=[i for fault in faults for i in fault.issues])
    return entries


async def _validate(api: Api, entries: Iterable[Entry]) -> None:
    """All findings of all entries at once, unless they are a flood."""
    issues: list[Issue] = []
    for count, entry in enumerate(entries):
        if entry.resource is not None:
            try:
                check(entry.resource, strictness=api.strictness, profiles=api.profiles)
            except Invalid as error:
                issues += [bundle.within(issue, entry.path) for issue in error.issues]
        if len(issues) >= MOST:
            break
        await breathe(count)
    if issues:
        raise Invalid("the transaction holds invalid resources", issues=issues)


async def _commit(api: Api, entries: Sequence[Entry], base: str, prefer: Preference) -> dict[int, Reply]:
    """Resolve and commit the writes; when a condition changed in between, again."""
    ids = {entry.index: api.new_id() for entry in entries if entry.resource is not None and not entry.target.id}
    calls = [(entry, from_entry(entry, base, prefer)) for entry in entries if entry.method not in ("GET", "HEAD")]
    async with api.turns.taken(condition for _, call in calls if (condition := _condition(call))) as leave:
        for _ in range(interactions.TRIES):
            resolved = await resolve.every(api, calls, ids)
            leave(_condition(item.call) for item in resolved if not item.writes)
            writes = await resolve.writes(api, resolved)
            try:
                results = await api.store.commit(*writes.values()) if writes else []
            except ConditionChanged:
                continue
            return await _replies(api, resolved, dict(zip(writes, results, strict=True)))
    raise interactions.restless()


def _condition(call: Call) -> str:
    """What decides whether the call creates, as written; "" where nothing does."""
    return f"{call.type}?{call.if_none_exist}" if call.if_none_exist else ""


async def _replies(api: Api, resolved: Sequence[Resolved], results: Mapping[int, Result]) -> dict[int, Reply]:
    kept = await api.store.read_many((item.call.type, item.id) for item in resolved if item.id and not item.writes)
    replies = {}
    for item in resolved:
        result = results.get(item.entry.index) or Result("exists", kept.get((item.call.type, item.id)))
        api.metrics.written(result.action)
        replies[item.entry.index] = interactions.reply(item.call, result)
    return replies
