"""Runs searches: chains first, then the page, then what it includes; all on one snapshot of the database.

`total` is known without counting when the first page holds everything; else only `_total=accurate` counts.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway import budget
from gateway.search.compile import plan as compiler
from gateway.search.compile.contained import entries
from gateway.search.compile.plan import Plan
from gateway.search.query import Query
from gateway.store.find import paging
from gateway.store.find.chains import Located, located
from gateway.store.find.included import FIELDS, TooManyIncluded, included, included_part
from gateway.store.find.paging import Position
from gateway.store.find.snapshot import Snapshot
from gateway.store.layout.records import Stored
from gateway.store.layout.schema import VERSION_FIELDS, Database, Document
from gateway.store.layout.stored import stored
from gateway.store.read.charged import size_of

PAGE_BYTES = 32 * 1024 * 1024
"""Bytes of resources after which a page of a request ends, however many were asked for; `next` leads on."""


@dataclass(frozen=True, slots=True)
class Page:
    """`included` are not matches; `total` counts the matches on all pages, None if unknown; `next` is the `_page` of
    the following one, None on the last. `contained`: where it is resources within the entries that match, their ids by
    the entry's `Type/id`."""

    entries: Sequence[Stored]
    included: Sequence[Stored] = ()
    total: int | None = None
    next: str | None = None
    contained: Mapping[str, Sequence[str]] | None = None


async def run(database: Database, query: Query) -> Page:
    """Raises BadRequest for a foreign `_page` and for what is too much, Gone for a `_page` that came too late."""
    plan = compiler.compile(query)
    position = paging.decode(query.page, query, plan.order) if query.page else None
    async with database.client.start_session(causal_consistency=False) as session:
        snapshot = Snapshot(database, session, position.time if position else None)
        if position is not None and position.included is not None:
            return await _rest_of_includes(snapshot, plan, position, position.included)
        return await page_of(snapshot, plan, position)


async def page_of(snapshot: Snapshot, plan: Plan, position: Position | None) -> Page:
    """Return the page after `position`, the first one for None."""
    found = await located(snapshot, plan, apart=True)
    if plan.query.count == 0 or plan.query.summary == "count":
        return Page((), total=await _counted(snapshot, found))
    return await _page(snapshot, plan, found, position)


async def matches(
    database: Database, query: Query, limit: int, *, session: AsyncClientSession | None = None, ends: float
) -> list[str]:
    """The ids of at most `limit` resources that match, inside the transaction of `session` if there is one. `ends`: see
    Snapshot."""
    if session is not None:
        return await _ids(Snapshot(database, session, ends=ends), query, limit)
    async with database.client.start_session(causal_consistency=False) as own:
        return await _ids(Snapshot(database, own, ends=ends), query, limit)


async def _ids(snapshot: Snapshot, query: Query, limit: int) -> list[str]:
    found = await located(snapshot, compiler.compile(query))
    pipeline: list[Document] = [*found.pipeline(), {"$limit": limit}, {"$project": {"i": 1}}]
    return [document["i"] for document in await snapshot.read(pipeline, limit + 1)]


async def _page(snapshot: Snapshot, plan: Plan, matching: Located, position: Position | None) -> Page:
    query = plan.query
    found, portions, cut = await _found(snapshot, plan, matching, position)
    shown, more = found[: query.count], cut or len(found) > query.count
    total = position.total if position else None
    if total is None and query.total in ("accurate", "estimate"):
        total = await _counted(snapshot, matching)
    shown, added, rest = await _with_includes(snapshot, query, shown)
    more = more or len(shown) < min(len(found), query.count)
    following = _following(snapshot, plan, shown[-1], total, portions[len(shown) - 1]) if more else None
    if rest is not None and snapshot.time is not None:
        values = tuple(shown[-1][key.field] for key in plan.order)
        at = Position(snapshot.time, values, total, portions[len(shown) - 1], included=rest, last=not more)
        following = paging.encode(at, query)
    if total is None and position is None and not more and query.total != "none":
        total = len(shown)
    inner = await _inner(snapshot, matching, shown) if _wants_inner(query) else None
    return Page([stored(one) for one in shown], [stored(one) for one in added], total, following, inner)


async def _found(
    snapshot: Snapshot, plan: Plan, matching: Located, position: Position | None
) -> tuple[list[Document], list[int], bool]:
    """Read one match more than the page holds, if there is one. Return the matches, the portion of each, and whether
    the page ends early because it is large."""
    found: list[Document] = []
    portions: list[int] = []
    cut = False
    number = position.portion if position else 0
    while not cut and (asked := matching.portion(number)) is not None and len(found) <= plan.query.count:
        count = plan.query.count + 1 - len(found)
        room = PAGE_BYTES - sum(map(size_of, found)) if budget.current() else inf
        new, cut = await snapshot.read_within(_pipeline(plan, asked, position, count), count + 1, room=room)
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
    added, rest = await included_part(snapshot, query, shown[0], "")
    return shown, added, rest


async def _rest_of_includes(snapshot: Snapshot, plan: Plan, position: Position, after: str) -> Page:
    """Return a page with only further includes of the last match of the page before.

    Raises BadRequest for a foreign position.
    """
    key = position.values[-1] if position.values else None
    found = await located(snapshot, plan)  # anybody can forge a position, so check that it is of a match
    matched = await snapshot.read(found.pipeline(ending=[{"$project": FIELDS}], rest={"_id": key}), 1)
    if not matched:
        raise paging.foreign()
    added, rest = await included_part(snapshot, plan.query, matched[0], after)
    following: Position | None = replace(position, included=rest)
    if rest is None:
        following = None if position.last else replace(position, included=None)
    next_ = paging.encode(following, plan.query) if following is not None else None
    return Page((), [stored(document) for document in added], position.total, next_)


def _wants_inner(query: Query) -> bool:
    return query.contained != "false" and query.contained_type == "contained"


async def _inner(snapshot: Snapshot, matching: Located, shown: Sequence[Document]) -> dict[str, list[str]]:
    """The ids of the resources within `shown` that match."""
    pipeline: list[Document] = [
        {"$match": {"_id": {"$in": [one["_id"] for one in shown]}}},
        {"$unwind": "$n"},
        {"$replaceWith": {"$mergeObjects": ["$n", {"of": "$_id"}]}},
        {"$match": entries(matching.match)},
        {"$project": {"of": 1, "i": 1}},
    ]
    found: dict[str, list[str]] = {}
    for one in await snapshot.read(pipeline, len(shown) + 1):
        found.setdefault(one["of"], []).append(one["i"])
    return found


def _following(snapshot: Snapshot, plan: Plan, last: Document, total: int | None, portion: int) -> str | None:
    if snapshot.time is None:
        return None
    values = tuple(last[key.field] for key in plan.order)
    return paging.encode(Position(snapshot.time, values, total, portion), plan.query)


def _pipeline(plan: Plan, matching: Located, position: Position | None, count: int) -> list[Document]:
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
    pipeline = matching.pipeline(*sorting, order, ending=ending, rest=None if computed else rest)
    return [*pipeline, order, limit] if matching.others else pipeline


async def _counted(snapshot: Snapshot, matching: Located) -> int:
    found = await snapshot.read([*matching.pipeline(ending=[{"$project": {"_id": 1}}]), {"$count": "n"}], 2)
    return int(found[0]["n"]) if found else 0
