"""Resolve the clauses of a search that lead through other documents: read those, and make filters of what was read.

The resources at the other end of a chain become a filter on the pointers to them. Where the other clauses leave few
candidates, or there is too much at the other end, each candidate's own pointer is followed instead (`$lookup`): where
many candidates match, a page is soon full.
"""

from collections.abc import Sequence
from typing import Any

from gateway.errors import TooCostly
from gateway.fhir import r4
from gateway.search.compile.alternatives import any_of
from gateway.search.compile.conditions import Condition, filter_of
from gateway.search.compile.contained import inside
from gateway.search.compile.plan import Plan, plan_search
from gateway.search.notation.canonicals import named_by, tokens_to
from gateway.search.notation.tokens import Filter, chosen
from gateway.search.query import Query
from gateway.search.tree.clauses import (
    Branch,
    Chain,
    Clause,
    End,
    Has,
    Hierarchy,
    ReadFirst,
    Words,
    conjuncts,
    leads_elsewhere,
    reads_first,
    reads_text,
)
from gateway.search.types.reference import local, pointing, roots
from gateway.store.find.resolved import ResolvedSearch, divide
from gateway.store.find.snapshot import Snapshot
from gateway.store.find.text_index import matching_keys, recent_changes
from gateway.store.layout.schema import RESOURCES, WORDS, Document

FEW = 200
"""Up to this many candidates have their pointers followed."""
MANY = 10_000
"""The most resources at the other end of which a filter is made."""
_MOST_CONTAINERS = 10_000
"""The most resources that are found by what they contain at the end of a chain."""


async def resolve(snapshot: Snapshot, plan: Plan, *, split: bool = False) -> ResolvedSearch:
    """Read what the open clauses of a plan lead through.

    split: divide the search into parts or portions, if it is quicker that way. Raises TooCostly for a chain or
    hierarchy that leads through too many resources.
    """
    resolver = ChainResolver(snapshot, plan.query.base, few=bool(plan.open) and await _are_few(snapshot, plan))
    early: list[Condition] = []
    late: list[Filter] = []
    for clause in plan.open:
        stages_before = len(resolver.stages)
        filter_ = await resolver.filter(clause, plan.query.type)
        if len(resolver.stages) > stages_before:
            late.append(filter_)
        else:
            early.append((clause, filter_))
    if late and plan.query.contained != "false":
        raise TooCostly(f"More than {MANY} resources match a chained parameter: too many for _contained.")
    conditions = [filter_ for _, filter_ in (*plan.conditions, *early)]
    match, *others = plan.eras(early) if split else [plan.match(early)]
    portions = divide(plan, early) if split and not others else []
    return ResolvedSearch(match, others, conditions, resolver.stages, late, portions)


async def _are_few(snapshot: Snapshot, plan: Plan) -> bool:
    """Tell whether the clauses that lead nowhere leave few candidates."""
    if not plan.conditions or plan.query.contained != "false":
        return False
    counted = await snapshot.read([{"$match": plan.match()}, {"$limit": FEW + 1}, {"$count": "n"}], 2)
    return not counted or int(counted[0]["n"]) <= FEW


class ChainResolver:
    """Makes the filters of the open clauses of one search.

    stages: the lookups that those filters need.
    few: few candidates are left by the other clauses.
    """

    def __init__(self, snapshot: Snapshot, base: str, *, few: bool = False) -> None:
        self.stages: list[Document] = []
        self._snapshot, self._base, self._few = snapshot, base, few

    async def filter(self, clause: Clause, type_: str | None) -> Filter:
        """Return the filter of a clause of a search on `type_`. Raises TooCostly."""
        read = [any_of(await self._read(part, type_)) for part in reads_first(clause)]
        return filter_of(clause, iter(read))

    async def _read(self, clause: ReadFirst, type_: str | None) -> list[Filter]:
        """Return filters of which a match has one."""
        match clause:
            case Chain():
                return await self._chain(clause, type_)
            case Has():
                return [await self._end(clause, clause.end, type_)]
            case Hierarchy():
                return [await self._branch(clause, branch) for branch in clause.branches]
            case Words():
                return [await self._text(clause, type_)]

    async def _chain(self, chain: Chain, type_: str | None) -> list[Filter]:
        """Read all ends at once, unless there are many resources there or an end leads further."""
        plain = [end for end in chain.ends if not (chain.canonical or leads_elsewhere(end.clause))]
        if len(plain) > 1 and not self._few:
            plans = [self._plan(end) for end in plain]
            pipeline: list[Document] = [{"$match": {"$or": [plan.match() for plan in plans]}}, {"$project": {"_id": 1}}]
            inner = [[filter_ for _, filter_ in plan.conditions] for plan in plans]
            holding = [_holding(chain, end, conditions, type_) for end, conditions in zip(plain, inner, strict=True)]
            documents, containers = await self._read_end(pipeline, MANY, {"$or": holding})
            if len(documents) <= MANY:
                together = _or_containers(self._pointing_to(chain, documents), containers)
                further = [end for end in chain.ends if end not in plain]
                return [together, *[await self._end(chain, end, type_) for end in further]]
        return [await self._end(chain, end, type_) for end in chain.ends]

    def _plan(self, end: End) -> Plan:
        return plan_search(Query(end.type, clauses=conjuncts(end.clause), base=self._base))

    async def _end(self, link: Chain | Has, end: End, type_: str | None) -> Filter:
        """Return the filter of the resources that are linked to a match at one end."""
        inner = await resolve(self._snapshot, self._plan(end))
        fields = _pointers(link) if isinstance(link, Has) else {"k": 1} if link.canonical else {"_id": 1}
        may_be_contained = not (isinstance(link, Has) or inner.late or reads_text(end.clause))
        holding = _holding(link, end, inner.conditions, type_) if may_be_contained else None
        limit = 0 if self._few and not link.canonical else MANY
        documents, containers = await self._read_end([*inner.pipeline(), {"$project": fields}], limit, holding)
        if len(documents) > MANY and link.canonical:
            raise TooCostly(f"More than {MANY} {end.type} match a chained parameter; narrow the search.")
        if len(documents) > limit:
            return _or_containers(self._followed(link, end, inner), containers)
        if isinstance(link, Has):
            return self._pointed_to(link, documents)
        return _or_containers(self._pointing_to(link, documents), containers)

    async def _read_end(
        self, pipeline: list[Document], limit: int, holding: Filter | None
    ) -> tuple[list[Document], list[str]]:
        """Return the matches at the other end, at most one more than `limit`, and the keys of resources that contain
        such a match: "A chained condition will be evaluated inside contained resources" (search.html#contained)."""
        pipeline = [*pipeline[:-1], {"$limit": limit + 1}, pipeline[-1]]
        mark = {"$project": {"holds": {"$literal": 1}}}
        marked: list[Document] = [{"$match": holding}, {"$limit": _MOST_CONTAINERS}, mark]
        is_apart = holding is not None and self._snapshot.in_transaction  # where MongoDB does not support $unionWith
        if holding is not None and not is_apart:
            pipeline.append({"$unionWith": {"coll": RESOURCES, "pipeline": marked}})
        documents = await self._snapshot.read(pipeline, limit + 2)
        documents += await self._snapshot.read(marked, limit + 2) if is_apart else []
        matches = [document for document in documents if "holds" not in document]
        return matches, [document["_id"] for document in documents if "holds" in document]

    def _pointing_to(self, link: Chain, documents: Sequence[Document]) -> Filter:
        if link.canonical:
            return {"k": {"$in": tokens_to(link.names, (document["k"] for document in documents))}}
        return pointing(link.names, sorted(document["_id"] for document in documents), self._base)

    def _pointed_to(self, link: Has, documents: Sequence[Document]) -> Filter:
        """Return the filter of everything that the documents point to, of any type: the search is on one type."""
        pointers = {token.partition("|")[2] for document in documents for token in document["k"]}
        if link.canonical:
            return any_of(named_by(pointer for pointer in pointers if "|" in pointer))
        return {"_id": {"$in": sorted(local(pointer, self._base) for pointer in pointers)}}

    def _followed(self, link: Chain | Has, end: End, inner: ResolvedSearch) -> Filter:
        """Add the stages that look up, for each candidate, one match at the other end; return the filter after them."""
        number = len(self.stages)
        pointer, met = f"_p{number}", f"_m{number}"
        if isinstance(link, Has):
            own: Any = [{"$concat": [f"{name}|{root}", "$_id"]} for name in link.names for root in roots(self._base)]
        else:
            starts = [f"{name}|{root}" for name in link.names for root in roots(self._base)]
            own = {"$concatArrays": [_keys(start, end.type) for start in starts]}
        lookup = {
            "from": RESOURCES,
            "localField": pointer,
            "foreignField": "k" if isinstance(link, Has) else "_id",
            "as": met,
            "pipeline": [*inner.without_index_hints().pipeline(), {"$limit": 1}, {"$project": {"_id": 1}}],
        }
        self.stages += [{"$set": {pointer: own}}, {"$lookup": lookup}]
        return {met: {"$ne": []}}

    async def _text(self, words: Words, type_: str | None) -> Filter:
        """Ask the text index, and apart from it the resources that changed too recently to be in it."""
        recent = await recent_changes(self._snapshot)
        match = {"$and": [{"t": type_ or {"$in": sorted(r4.resource_types())}}, words.filter]}
        new = await matching_keys(self._snapshot, recent, match)
        if not self._few and not words.broad:
            pipeline: list[Document] = [{"$match": match}, {"$limit": MANY + 1}, {"$project": {"_id": 1}}]
            keys = {document["_id"] for document in await self._snapshot.read(pipeline, MANY + 2, WORDS)}
            if len(keys) <= MANY:
                return {"_id": {"$in": sorted((keys - {*recent.keys}) | {*new})}}
        met = f"_m{len(self.stages)}"
        lookup = {
            "from": WORDS,
            "localField": "_id",
            "foreignField": "_id",
            "as": met,
            "pipeline": [{"$match": match}, {"$project": {"_id": 1}}],
        }
        self.stages.append({"$lookup": lookup})
        return {"$or": [{met: {"$ne": []}, "_id": {"$nin": [*recent.keys]}}, {"_id": {"$in": new}}]}

    async def _branch(self, hierarchy: Hierarchy, branch: Branch) -> Filter:
        """Read a branch level by level (https://hl7.org/fhir/R4/search.html#recursive). Each resource is looked at
        once, so a circular hierarchy ends."""
        seen, level = {branch.key}, {branch.key}
        while level:
            level = await self._neighbors(branch, sorted(level), above=hierarchy.above) - seen
            seen |= level
            if len(seen) > MANY:
                raise TooCostly(f"More than {MANY} resources are in this hierarchy; ask for a smaller part of it.")
        return pointing(hierarchy.names, sorted(seen), self._base)

    async def _neighbors(self, branch: Branch, keys: list[str], *, above: bool) -> set[str]:
        type_ = branch.key.partition("/")[0]
        if not above:
            match = {"t": type_, "x": False, **pointing(branch.steps, keys, self._base)}
            documents = await self._snapshot.read([{"$match": match}, {"$project": {"_id": 1}}], MANY)
            return {document["_id"] for document in documents}
        pipeline: list[Document] = [{"$match": {"_id": {"$in": keys}}}, {"$project": {"k": 1}}]
        documents = await self._snapshot.read(pipeline, len(keys) + 1)
        starts = tuple(f"{name}|" for name in branch.steps)
        tokens = (token for document in documents for token in document.get("k", ()) if token.startswith(starts))
        pointers = (local(token.partition("|")[2], self._base) for token in tokens)
        return {pointer for pointer in pointers if pointer.startswith(f"{type_}/")}


def _holding(link: Chain | Has, end: End, conditions: Sequence[Filter], type_: str | None) -> Filter:
    """Return the filter of the resources that contain a match of the end and point to it."""
    within = inside([end.type], conditions, link.names)
    return {**within, **({"t": type_} if type_ else {}), "x": False}


def _or_containers(pointers: Filter, containers: Sequence[str]) -> Filter:
    return {"$or": [pointers, {"_id": {"$in": [*containers]}}]} if containers else pointers


def _pointers(has: Has) -> Document:
    """Return the projection to the tokens that point to candidates: most of what is read."""
    return {"k": chosen(*(f"{name}|" for name in has.names))}


def _keys(start: str, type_: str) -> Document:
    """Return the expression of the keys `Type/id` in the tokens that begin with `start` and go on with the type."""
    cut = {"$substrBytes": ["$$one", len(start.encode()), -1]}
    return {"$map": {"input": chosen(f"{start}{type_}/"), "as": "one", "in": cut}}
