"""Read the pages of $everything: first the compartment, then the resources that it refers to, each resource once.

All pages are read from the snapshot of the first one. Nothing remembers what earlier pages included: includes come in
the order of their keys, so the next page goes on after the last key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.errors import TooCostly
from gateway.search.compile.conditions import filter_of
from gateway.search.compile.plan import plan_search
from gateway.search.definitions.parameters import parameters
from gateway.search.notation.canonicals import named_by
from gateway.search.operations.compartments import members
from gateway.search.operations.everything import Extent, reference_names
from gateway.store.find import paging
from gateway.store.find.included import canonical_targets
from gateway.store.find.paging import Position
from gateway.store.find.search import Page, page_of
from gateway.store.find.snapshot import Snapshot
from gateway.store.layout.schema import RESOURCES, VERSION_FIELDS, Database, Document
from gateway.store.layout.stored import stored

_ADDRESSES = 10_000
"""The most canonical addresses that are followed."""


async def run(database: Database, extent: Extent) -> Page:
    """Return a page of at most `count` resources. Raises BadRequest for a foreign `_page`, Gone for an expired one."""
    query = extent.matches
    plan = plan_search(query)
    position = paging.decode(query.page, query, plan.order) if query.page else None
    async with database.client.start_session(causal_consistency=False) as session:
        snapshot = Snapshot(database, session, position.time if position else None)
        page = Page((), total=position.total if position else None)
        if position is None or position.included is None:
            page = await page_of(snapshot, plan, position)
        room = query.count - len(page.entries)
        if page.next is not None or query.count == 0 or query.summary == "count":
            return page
        after = (position.included if position else None) or ""
        return await _with_includes(snapshot, extent, page, room, after)


async def _with_includes(snapshot: Snapshot, extent: Extent, page: Page, room: int, after: str) -> Page:
    includes = await _includes(snapshot, extent, after, room + 1)
    shown = includes[:room]
    following = None
    if len(includes) > room and snapshot.time is not None:
        last = shown[-1]["_id"] if shown else after
        following = paging.encode(Position(snapshot.time, (), page.total, included=last), extent.matches)
    return replace(page, included=[stored(document) for document in shown], next=following)


async def _includes(snapshot: Snapshot, extent: Extent, after: str, count: int) -> list[Document]:
    """Return the first `count` resources outside the compartment that it refers to, in the order of their keys."""
    sources = plan_search(extent.sources).match()
    referred = await snapshot.read(_referred(sources, extent, after, count), count)
    includes = {document["_id"]: document for document in referred}
    for condition in await _addressed(snapshot, sources, extent):
        pipeline: list[Document] = [
            {"$match": {"$and": [condition, *_include_filters(extent, after)]}},
            {"$sort": {"_id": 1}},
            {"$limit": count},
            {"$project": VERSION_FIELDS},
        ]
        includes |= {document["_id"]: document for document in await snapshot.read(pipeline, count)}
    return [includes[key] for key in sorted(includes)[:count]]


def _referred(sources: Document, extent: Extent, after: str, count: int) -> list[Document]:
    """Return a pipeline for the targets of references by `Type/id`. A reference to a version means the latest one."""
    types = sorted(extent.types) or ["[A-Z][A-Za-z]+"]
    key = {"$regex": rf"^(?:{'|'.join(types)})/[A-Za-z0-9\-.]{{1,64}}$", "$gt": after}
    targets: Document = {
        "from": RESOURCES,
        "localField": "_id",
        "foreignField": "_id",
        "as": "target",
        "pipeline": [{"$match": {"$and": _include_filters(extent, after)}}, {"$project": VERSION_FIELDS}],
    }
    return [
        {"$match": sources},
        {"$project": {"key": _keys(extent.sources.base, _names(extent, canonical=False))}},
        {"$unwind": "$key"},
        {"$match": {"key": key}},
        {"$group": {"_id": "$key"}},
        {"$sort": {"_id": 1}},
        {"$lookup": targets},
        {"$unwind": "$target"},
        {"$limit": count},
        {"$replaceRoot": {"newRoot": "$target"}},
    ]


def _include_filters(extent: Extent, after: str) -> list[Document]:
    """Return filters for an include: it is not in the compartment, and it is asked for."""
    asked: Document = {"_id": {"$gt": after}, "x": False}
    if extent.types:
        asked["t"] = {"$in": sorted(extent.types)}
    if extent.since is not None:
        asked["u"] = {"$gte": extent.since}
    return [asked, {"$nor": [filter_of(extent.compartment)]}]


def _names(extent: Extent, *, canonical: bool) -> Sequence[str]:
    return reference_names(members(extent.owner), canonical=canonical)


def _keys(base: str, names: Iterable[str]) -> Document:
    """Return an expression for the keys `Type/id` that a document refers to by the parameters `names`."""
    value: Document = {"$arrayElemAt": [{"$split": ["$$one", "|"]}, 1]}
    if base:
        value = {"$replaceOne": {"input": value, "find": f"{base}/", "replacement": ""}}
    key = {"$arrayElemAt": [{"$split": [value, "/_history/"]}, 0]}
    return {"$setUnion": [{"$map": {"input": _tokens(names), "as": "one", "in": key}}]}


def _tokens(names: Iterable[str]) -> Document:
    """Return an expression for the tokens of a document that belong to the parameters `names`."""
    called = rf"^(?:{'|'.join(names)})\|"
    return {"$filter": {"input": "$k", "as": "one", "cond": {"$regexMatch": {"input": "$$one", "regex": called}}}}


async def _addressed(snapshot: Snapshot, sources: Document, extent: Extent) -> list[Document]:
    """Return filters for the resources that the compartment refers to by canonical address. Raises TooCostly."""
    names = _names(extent, canonical=True)
    pipeline: list[Document] = [
        {"$match": sources},
        {"$project": {"t": 1, "k": _tokens(names)}},
        {"$unwind": "$k"},
        {"$group": {"_id": {"t": "$t", "k": "$k"}}},
        {"$limit": _ADDRESSES + 1},
    ]
    rows = await snapshot.read(pipeline, _ADDRESSES)
    if len(rows) > _ADDRESSES:
        raise TooCostly(
            f"the resources refer to more than {_ADDRESSES} canonical addresses: narrow the request with _type"
        )
    pointers_to: dict[str, set[str]] = {}
    for row in rows:
        type_, (name, _, pointer) = row["_id"]["t"], row["_id"]["k"].partition("|")
        if ":" in pointer and "|" in pointer and name in parameters(type_):
            for target in canonical_targets(type_, (name,)):
                pointers_to.setdefault(target, set()).add(pointer)
    return [{"t": target, "$or": named_by(pointers)} for target, pointers in sorted(pointers_to.items())]
