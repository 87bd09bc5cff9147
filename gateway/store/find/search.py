"""Run searches: read the chains first, then the page, then its includes, all on one snapshot of the database.

The total is known without counting when the first page holds all matches; otherwise only `_total=accurate` counts them.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway import budget
from gateway.search.compile.contained import entries
from gateway.search.compile.plan import Plan, plan_search
from gateway.search.query import Query
from gateway.store.find import paging
from gateway.store.find.chains import resolve
from gateway.store.find.included import FIELDS, TooManyIncluded, included, included_part
from gateway.store.find.paging import Position
from gateway.store.find.resolved import ResolvedSearch
from gateway.store.find.snapshot import Snapshot
from gateway.store.layout.records import Stored
from gateway.store.layout.schema import VERSION_FIELDS, Database, Document
from gateway.store.layout.stored import stored
from gateway.store.read.charged import size_of

PAGE_BYTES = 32 * 1024 * 1024
"""Bytes of resources after which a page of a request ends, however many were asked for; `next` leads on."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of results.

    entries: the matches.
    included: resources that `_include` and `_revinclude` add.
    total: the number of matches on all pages; None if unknown.
    next: the `_page` of the following page; None on the last one.
    contained: with `_containedType=contained`, the ids of the matching resources within each entry, by its `Type/id`.
    """

    entries: Sequence[Stored]
    included: Sequence[Stored] = ()
    total: int | None = None
    next: str | None = None
    contained: Mapping[str, Sequence[str]] | None = None


async def run(database: Database, query: Query) -> Page:
    """Return the page that a query asks for.

    Raises BadRequest for a `_page` of another query, Gone for an expired one, TooCostly.
    """
    plan = plan_search(query)
    position = paging.decode(query.page, query, plan.order) if query.page else None
    async with database.client.start_session(causal_consistency=False) as session:
        snapshot = Snapshot(database, session, position.time if position else None)
        if position is not None and position.included is not None:
            return await _rest_of_includes(snapshot, plan, position, position.included)
        return await page_of(snapshot, plan, position)


async def page_of(snapshot: Snapshot, plan: Plan, position: Position | None) -> Page:
    """Return the page after `position`, the first one for None."""
    resolved = await resolve(snapshot, plan, split=True)
    if plan.query.count == 0 or plan.query.summary == "count":
        return Page((), total=await _counted(snapshot, resolved))
    return await _page(snapshot, plan, resolved, position)


async def matches(
    database: Database, query: Query, limit: int, *, session: AsyncClientSession | None = None, ends: float
) -> list[str]:
    """Return the ids of at most `limit` matches.

    session: one with a transaction, inside which to search.
    ends: when MongoDB gives up, see Snapshot.
    """
    if session is not None:
        return await _ids(Snapshot(database, session, ends=ends), query, limit)
    async with database.client.start_session(causal_consistency=False) as own:
        return await _ids(Snapshot(database, own, ends=ends), query, limit)


async def _ids(snapshot: Snapshot, query: Query, limit: int) -> list[str]:
    resolved = await resolve(snapshot, plan_search(query))
    pipeline: list[Document] = [*resolved.pipeline(), {"$limit": limit}, {"$project": {"i": 1}}]
    return [document["i"] for document in await snapshot.read(pipeline, limit + 1)]


async def _page(snapshot: Snapshot, plan: Plan, resolved: ResolvedSearch, position: Position | None) -> Page:
    query = plan.query
    matches, portions, cut = await _matches(snapshot, plan, resolved, position)
    shown, more = matches[: query.count], cut or len(matches) > query.count
    total = position.total if position else None
    if total is None and query.total in ("accurate", "estimate"):
        total = await _counted(snapshot, resolved)
    shown, includes, rest = await _with_includes(snapshot, query, shown)
    more = more or len(shown) < min(len(matches), query.count)
    following = _following(snapshot, plan, shown[-1], total, portions[len(shown) - 1]) if more else None
    if rest is not None and snapshot.time is not None:
        values = tuple(shown[-1][key.field] for key in plan.order)
        at = Position(snapshot.time, values, total, portions[len(shown) - 1], included=rest, last=not more)
        following = paging.encode(at, query)
    if total is None and position is None and not more and query.total != "none":
        total = len(shown)
    inner = await _inner(snapshot, resolved, shown) if _wants_inner(query) else None
    return Page([*map(stored, shown)], [*map(stored, includes)], total, following, inner)


async def _matches(
    snapshot: Snapshot, plan: Plan, resolved: ResolvedSearch, position: Position | None
) -> tuple[list[Document], list[int], bool]:
    """Read one match more than the page holds, if there is one. Return the matches, the portion of each, and whether
    the page ends early because it is large."""
    found: list[Document] = []
    portions: list[int] = []
    cut = False
    number = position.portion if position else 0
    while not cut and (portion := resolved.portion(number)) is not None and len(found) <= plan.query.count:
        count = plan.query.count + 1 - len(found)
        room = PAGE_BYTES - sum(map(size_of, found)) if budget.current() else inf
        new, cut = await snapshot.read_within(_pipeline(plan, portion, position, count), count + 1, room=room)
        found, portions = found + new, portions + [number] * len(new)
        number, position = number + 1, None
    return found, portions, cut


async def _with_includes(
    snapshot: Snapshot, query: Query, shown: list[Document]
) -> tuple[list[Document], list[Document], str | None]:
    """Return the matches of a page, their includes, and a key.

    If the includes are too many, the page has fewer matches. If those of a single match are too many, the key says
    where the next page goes on with them; otherwise it is None.
    Raises TooCostly for a single match that includes too much by :iterate.
    """
    if not (query.includes or query.revincludes):
        return shown, [], None
    with suppress(TooManyIncluded):
        return shown, await included(snapshot, query, shown), None
    while len(shown) > 1:
        shown = shown[: len(shown) // 2]
        with suppress(TooManyIncluded):
            await included(snapshot, query, shown, bodies=False)
            return shown, await included(snapshot, query, shown), None
    includes, rest = await included_part(snapshot, query, shown[0], "")
    return shown, includes, rest


async def _rest_of_includes(snapshot: Snapshot, plan: Plan, position: Position, after: str) -> Page:
    """Return a page with only further includes of the last match of the page before.

    Raises BadRequest for a foreign position.
    """
    key = position.values[-1] if position.values else None
    resolved = await resolve(snapshot, plan)  # anybody can forge a position, so check that it is of a match
    matched = await snapshot.read(resolved.pipeline(ending=[{"$project": FIELDS}], rest={"_id": key}), 1)
    if not matched:
        raise paging.foreign()
    includes, rest = await included_part(snapshot, plan.query, matched[0], after)
    following: Position | None = replace(position, included=rest)
    if rest is None:
        following = None if position.last else replace(position, included=None)
    next_ = paging.encode(following, plan.query) if following is not None else None
    return Page((), [*map(stored, includes)], position.total, next_)


def _wants_inner(query: Query) -> bool:
    return query.contained != "false" and query.contained_type == "contained"


async def _inner(snapshot: Snapshot, resolved: ResolvedSearch, shown: Sequence[Document]) -> dict[str, list[str]]:
    """Return the ids of the matching resources within each shown container, by its key."""
    pipeline: list[Document] = [
        {"$match": {"_id": {"$in": [document["_id"] for document in shown]}}},
        {"$unwind": "$n"},
        {"$replaceWith": {"$mergeObjects": ["$n", {"of": "$_id"}]}},
        {"$match": entries(resolved.match)},
        {"$project": {"of": 1, "i": 1}},
    ]
    ids: dict[str, list[str]] = {}
    for entry in await snapshot.read(pipeline, len(shown) + 1):
        ids.setdefault(entry["of"], []).append(entry["i"])
    return ids


def _following(snapshot: Snapshot, plan: Plan, last: Document, total: int | None, portion: int) -> str | None:
    if snapshot.time is None:
        return None
    values = tuple(last[key.field] for key in plan.order)
    return paging.encode(Position(snapshot.time, values, total, portion), plan.query)


def _pipeline(plan: Plan, resolved: ResolvedSearch, position: Position | None, count: int) -> list[Document]:
    """Return the pipeline of one page: at most `count` matches after `position`, with the fields that it needs."""
    query = plan.query
    computed = {key.field: key.computed for key in plan.order if key.computed}
    rest = paging.after(plan.order, position.values) if position else {}
    fields = {**VERSION_FIELDS, **{key.field: 1 for key in plan.order}}
    if query.includes or query.revincludes:
        fields["k"] = 1
    order: Document = {"$sort": {key.field: -1 if key.descending else 1 for key in plan.order}}
    limit: Document = {"$limit": count}
    sorting = [{"$set": computed}, *([{"$match": rest}] if rest else [])] if computed else []
    ending = [limit, {"$project": fields}]
    pipeline = resolved.pipeline(*sorting, order, ending=ending, rest=None if computed else rest)
    return [*pipeline, order, limit] if resolved.others else pipeline


async def _counted(snapshot: Snapshot, resolved: ResolvedSearch) -> int:
    counted = await snapshot.read([*resolved.pipeline(ending=[{"$project": {"_id": 1}}]), {"$count": "n"}], 2)
    return int(counted[0]["n"]) if counted else 0
