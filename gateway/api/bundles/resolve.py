"""What the entries of a transaction are about: ids, matches of conditions, guards, and references rewritten."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from gateway import event_loop
from gateway.api.bundles.conditional_references import Own, Resolved
from gateway.api.call.call import Call
from gateway.api.interactions import interactions, patch
from gateway.api.interactions.interactions import ORIGIN, condition_query, matching, must_be_absent
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import etags
from gateway.errors import BadRequest, Conflict, GatewayError, Issue, PreconditionFailed
from gateway.fhir import bundle, references
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.search.query import parse
from gateway.store.layout.records import Condition, Stored, Write

_URN = "urn:uuid:"


async def every(deployment: Deployment, calls: Sequence[tuple[Entry, Call]], ids: Mapping[int, str]) -> list[Resolved]:
    """All of them, the conditional ones looked up concurrently. Raises one error with the findings of all entries."""
    resolved = await asyncio.gather(
        *(_conditional(deployment, entry, call, ids) for entry, call in calls if _is_conditional(call))
    )
    faults = [fault for fault in resolved if isinstance(fault, GatewayError)]
    if faults:
        raise type(faults[0])(faults[0].text, issues=[issue for fault in faults for issue in fault.issues])
    met = {item.entry.index: item for item in resolved if isinstance(item, Resolved)}
    every = [
        met.get(entry.index) or Resolved(entry, call, call.id or ids[entry.index], call.resource)
        for entry, call in calls
    ]
    every = _meeting(_outliving(every, ids))
    clashes = bundle.clashes((item.entry, item.key if item.writes else "") for item in every) + _repeated(every)
    if clashes:
        raise BadRequest("the transaction contradicts itself", issues=clashes)
    return every


def _outliving(resolved: Sequence[Resolved], ids: Mapping[int, str]) -> Iterator[Resolved]:
    """A create under a condition does not meet what the transaction deletes, for deletes come first."""
    gone = {item.key for item in resolved if item.entry.method == "DELETE" and item.writes}
    for item in resolved:
        lost = item.entry.creates and not item.writes and item.key in gone
        yield replace(item, id=ids[item.entry.index], writes=True) if lost else item


def _repeated(resolved: Sequence[Resolved]) -> list[Issue]:
    """Conditional updates that would meet what is created here under the same condition: that is one resource, written
    twice."""
    text = "another entry creates what this condition would then match"
    known = {(item.call.type, interactions.create_condition(item.call)) for item in resolved if _makes(item, "POST")}
    issues = []
    for item in resolved:
        if _makes(item, "PUT"):
            key = (item.call.type, item.call.query)
            if key in known:
                issues.append(Issue("error", "invalid", text, f"{item.entry.path}.request.url"))
            known.add(key)
    return issues


def _makes(item: Resolved, method: str) -> bool:
    """Whether it creates because its condition matched nothing."""
    by_query = item.call.if_none_exist if method == "POST" else not item.call.id
    found = item.condition is None or item.condition.expected
    return bool(item.entry.method == method and by_query and item.writes and not found)


def _meeting(resolved: Iterable[Resolved]) -> list[Resolved]:
    """Of several creates under one condition the first creates, and the others meet what it does."""
    found: list[Resolved] = []
    first: dict[tuple[str, str], str] = {}
    for item in resolved:
        call = item.call
        if item.writes and item.entry.creates and call.if_none_exist:
            id_ = first.setdefault((call.type, call.if_none_exist), item.id)
            item = item if id_ == item.id else replace(item, id=id_, writes=False, condition=None)
        found.append(item)
    return found


def _is_conditional(call: Call) -> bool:
    """Whether it depends on what is there."""
    condition = call.if_none_exist or call.if_match or call.if_none_match or (not call.id and call.query)
    return bool(condition or call.change)


async def _conditional(
    deployment: Deployment, entry: Entry, call: Call, ids: Mapping[int, str]
) -> Resolved | GatewayError:
    try:
        if entry.creates:
            return await _create(deployment, entry, call, ids[entry.index])
        if call.change is not None:
            return await _patched(deployment, entry, call)
        if call.id:
            return await _known(deployment, entry, call)
        return await _matched(deployment, entry, call, ids.get(entry.index, ""))
    except GatewayError as error:
        return bundle.named(error, entry.path, entry.about)


async def _create(deployment: Deployment, entry: Entry, call: Call, id_: str) -> Resolved:
    if not call.if_none_exist:
        return Resolved(entry, call, id_, call.resource)
    query = await condition_query(deployment, call.base, call.type, interactions.create_condition(call))
    found = await matching(deployment, query)
    condition = Condition(query, (found,) if found else (), met_by_resource=True)
    return Resolved(entry, call, found or id_, call.resource, not found, condition=condition)


async def _patched(deployment: Deployment, entry: Entry, call: Call) -> Resolved:
    """The current version with the patch applied; the commit takes it only if that version is still the current one."""
    found = await patch.found(deployment, call)
    return Resolved(entry, call, found.id, found.patched, if_match=found.version, condition=found.condition)


async def _known(deployment: Deployment, entry: Entry, call: Call) -> Resolved:
    """Update or delete by id. The guards are judged here to name the entry, and again inside the commit."""
    current = await deployment.store.resources.read(call.type, call.id)
    if_match = _guard(call, current)
    if not (call.resource is not None and must_be_absent(call)):
        return Resolved(entry, call, call.id, call.resource, if_match=if_match)
    if current is not None and not current.deleted:
        raise PreconditionFailed(f"{call.name} exists")
    condition = Condition(parse(call.type, (("_id", call.id),)))
    return Resolved(entry, call, call.id, call.resource, condition=condition)


def _guard(call: Call, current: Stored | None) -> int | None:
    """The version that must be current, as If-Match says. Raises PreconditionFailed when it is not."""
    wanted = etags.if_match(call.if_match)
    if wanted is None:
        return None
    version = current.version if current is not None and not current.deleted else None
    if version is None or (wanted and version not in wanted):
        raise PreconditionFailed("ifMatch does not name the current version")
    return version


async def _matched(deployment: Deployment, entry: Entry, call: Call, id_: str) -> Resolved:
    """Conditional update or delete."""
    query = await condition_query(deployment, call.base, call.type, call.query)
    found = await matching(deployment, query)
    condition = Condition(query, (found,) if found else (), met_by_resource=call.resource is not None)
    if call.resource is None:
        current = await deployment.store.resources.read(call.type, found) if found and call.if_match else None
        return Resolved(entry, call, found, None, bool(found), _guard(call, current), condition)
    if must_be_absent(call) and found:
        raise PreconditionFailed(f"{call.type}/{found} exists")
    target = interactions.updated_id(found, call.resource, lambda: id_)
    current = await deployment.store.resources.read(call.type, target)
    if not found and current is not None and not current.deleted:
        raise Conflict(f"{call.type}/{target} exists, but does not match the query")
    return Resolved(entry, call, target, call.resource, True, _guard(call, current), condition)


async def writes(deployment: Deployment, resolved: Sequence[Resolved]) -> dict[int, Write]:
    """entry index -> what to commit, in processing order, references rewritten. Raises PreconditionFailed."""
    moved = bundle.moves((item.entry, item.key, item.writes) for item in resolved)
    by_index = {item.entry.index: item for item in resolved}
    own, found = Own(resolved), dict[int, Write]()
    for entry in bundle.ordered(item.entry for item in resolved if item.writes):
        item = by_index[entry.index]
        body = await _rewritten(deployment, item, item.body, moved, own) if item.body is not None else None
        found[entry.index] = Write(
            item.call.type,
            item.id,
            body,
            ORIGIN,
            if_match=item.if_match,
            condition=item.condition,
            by_put=not entry.creates,
        )
        await event_loop.breathe()
    return found


async def _rewritten(
    deployment: Deployment, item: Resolved, body: Resource, moved: dict[str, str], own: Own
) -> Resource:
    """`body` with its links following `moved`, to which the conditional references met here are added."""
    new = bundle.replacement(item.entry, moved)
    by_search = by_urn = False

    def replaced(reference: str) -> str | None:
        nonlocal by_search, by_urn
        found = new(reference)
        if found is None:
            by_search = by_search or "?" in reference
            by_urn = by_urn or reference.startswith(_URN)
        return found

    resource = await event_loop.run(partial(references.rewrite, body, replaced), body)
    if by_urn and item.call.type != "Bundle":  # a Bundle has fullUrls of its own
        _refuse_dangling(item.entry, resource)
    if not by_search or not await own.look_up(deployment, item.entry, resource, moved):
        return resource
    return await event_loop.run(partial(references.rewrite, resource, moved.get), resource)


def _refuse_dangling(entry: Entry, resource: Resource) -> None:
    """A `urn:uuid:` that no entry of the transaction has could never be followed: nobody else knows what it means."""
    text = "no entry of the transaction has this fullUrl"
    found = [path for path, reference in references.references(resource) if reference.startswith(_URN)]
    issues = [bundle.within(Issue("error", "invalid", text, path), entry.path) for path in found]
    if issues:
        raise BadRequest(text, issues=issues)
