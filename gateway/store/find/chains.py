"""Criteria that lead through other resources: what is at their other end is looked for first.

What is found there becomes a filter on the pointers to it. Where the other criteria leave few candidates, or too much
is found, each candidate's own pointer is followed instead (`$lookup`): with many to meet a page is soon full.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from gateway.errors import TooCostly
from gateway.fhir import r4
from gateway.search.compile import plan as compiler
from gateway.search.compile.alternatives import either
from gateway.search.compile.contained import inside
from gateway.search.compile.plan import Condition, Plan
from gateway.search.notation.canonicals import named_by, tokens_to
from gateway.search.notation.tokens import Filter, chosen
from gateway.search.query import Query
from gateway.search.tree.clauses import Branch, Chain, Clause, Words
from gateway.search.types.reference import local, pointing, roots
from gateway.store.find.snapshot import Snapshot
from gateway.store.find.text_index import matching, recent
from gateway.store.layout.schema import RESOURCES, WORDS, Document

FEW = 200
"""So few candidates have their pointers followed."""
MANY = 10_000
"""More resources at the other end do not become a filter."""
_AT_ONCE, _PORTIONS = 100, 8
"""Pointers that are asked for together, and how often; the last time it is all that are left."""
_HOLDERS = 10_000
"""Resources whose contained ones are met by a chain, at most."""


@dataclass(frozen=True, slots=True)
class Located:
    """A search with everything found that it leads through. `conditions` are the criteria in `match`, `late` those that
    need `stages` to have run. `others`: parts of the same search that `match` leaves out. `portions`: the same as
    `match`, divided into filters that can be asked one after the other, in this order."""

    match: Filter
    others: Sequence[Filter] = ()
    conditions: Sequence[Filter] = ()
    stages: Sequence[Document] = ()
    late: Sequence[Filter] = ()
    portions: Sequence[Filter] = ()

    def portion(self, number: int) -> "Located | None":
        """What is to be asked first, second…; None after the last."""
        if not self.portions:
            return self if number == 0 else None
        return replace(self, match=self.portions[number], portions=()) if number < len(self.portions) else None

    def pipeline(
        self, *sorting: Document, ending: Sequence[Document] = (), rest: Filter | None = None
    ) -> list[Document]:
        """The matches of which `rest` is true. Each part has `sorting` before what is dear, and `ending` after it."""
        after = [*self.stages, {"$match": {"$and": [*self.late]}}] if self.late else []
        parts = [{"$and": [part, rest]} if rest else part for part in (self.match, *self.others)]
        first, *others = [[{"$match": part}, *sorting, *after, *ending] for part in parts]
        return [*first, *({"$unionWith": {"coll": RESOURCES, "pipeline": other}} for other in others)]


async def located(snapshot: Snapshot, plan: Plan, *, apart: bool = False) -> Located:
    """`apart`: also in several parts, if that is quicker. Raises TooCostly if a chain or hierarchy has too many."""
    through = Through(snapshot, plan.query.base, few=bool(plan.open) and await _are_few(snapshot, plan))
    early: list[Condition] = []
    late: list[Filter] = []
    for clause in plan.open:
        before = len(through.stages)
        filter_ = await through.filter(clause, plan.query.type)
        if len(through.stages) > before:
            late.append(filter_)
        else:
            early.append((clause, filter_))
    if late and plan.query.contained != "false":
        raise TooCostly(f"More than {MANY} resources match a chained parameter: too many for _contained.")
    conditions = [filter_ for _, filter_ in (*plan.conditions, *early)]
    match, *others = plan.eras(early) if apart else [plan.match(early)]
    portions = _portions(plan, early) if apart and not others else []
    return Located(match, others, conditions, through.stages, late, portions)


def _portions(plan: Plan, early: Sequence[Condition]) -> list[Filter]:
    """Many pointers or ids, where no order is asked for: MongoDB merges the results of a hundred in order as they come,
    but would read and sort those of a thousand. Once a page is full the others need not be read."""
    if len(early) != 1 or plan.query.sort or plan.query.contained != "false" or len(early[0][1]) != 1:
        return []
    clause, filter_ = early[0]
    [(field, matcher)] = filter_.items()
    listed = matcher.get("$in", []) if field in ("k", "_id") and isinstance(matcher, dict) else []
    if len(listed) <= _AT_ONCE:
        return []
    ends = [*range(0, len(listed), _AT_ONCE)[:_PORTIONS], len(listed)]
    portions = []
    for start, end in pairwise(ends):
        here: Filter = {field: {"$in": listed[start:end]}}
        before = [{"$nor": [{field: {"$in": listed[:start]}}]}] if start and field == "k" else []
        portions.append(plan.match([(clause, here), *((Clause(), one) for one in before)]))
    return portions


async def _are_few(snapshot: Snapshot, plan: Plan) -> bool:
    """Whether the criteria that lead nowhere leave few candidates."""
    if not plan.conditions or plan.query.contained != "false":
        return False
    counted = await snapshot.read([{"$match": plan.match()}, {"$limit": FEW + 1}, {"$count": "n"}], 2)
    return not counted or int(counted[0]["n"]) <= FEW


class Through:
    """Makes the filters of what was open in one search. `stages`: the lookups that those filters need. `few`: there are
    few candidates."""

    def __init__(self, snapshot: Snapshot, base: str, *, few: bool = False) -> None:
        self.stages: list[Document] = []
        self._snapshot, self._base, self._few = snapshot, base, few

    async def filter(self, clause: Clause, type_: str | None) -> Filter:
        if not clause.leads_elsewhere:
            return compiler.condition(clause)
        found = [*clause.filters, *await self._chains(clause.chains, type_)]
        found += [await self._branch(branch) for branch in clause.branches]
        found += [await self._words(words, type_) for words in clause.words]
        for group in clause.groups:
            found.append({"$and": [await self.filter(one, type_) for one in group]})
        any_ = either(found)
        return {"$nor": [any_]} if clause.negative else any_

    async def _chains(self, chains: Sequence[Chain], type_: str | None) -> list[Filter]:
        """One read for all the types that a reference may point to, unless much is found or each needs its own."""
        alike = [one for one in chains if not (one.reverse or one.canonical or one.clause.leads_elsewhere)]
        if len(alike) > 1 and not self._few:
            plans = [compiler.compile(Query(one.type, clauses=one.clause.parts, base=self._base)) for one in alike]
            pipeline: list[Document] = [{"$match": {"$or": [plan.match() for plan in plans]}}, {"$project": {"_id": 1}}]
            inner = [[filter_ for _, filter_ in plan.conditions] for plan in plans]
            holding = [_holding(one, conditions, type_) for one, conditions in zip(alike, inner, strict=True)]
            ends, containers = await self._read(pipeline, MANY, {"$or": holding})
            if len(ends) <= MANY:
                own = [one for one in chains if one not in alike]
                together = _either(self._pointing_to(alike[0], ends), containers)
                return [together, *[await self._chain(chain, type_) for chain in own]]
        return [await self._chain(chain, type_) for chain in chains]

    async def _chain(self, chain: Chain, type_: str | None) -> Filter:
        plan = compiler.compile(Query(chain.type, clauses=chain.clause.parts, base=self._base))
        inner = await located(self._snapshot, plan)
        fields = _pointers(chain) if chain.reverse else {"k": 1} if chain.canonical else {"_id": 1}
        holds = not (chain.reverse or inner.late or chain.clause.reads_words)
        holding = _holding(chain, inner.conditions, type_) if holds else None
        limit = 0 if self._few and not chain.canonical else MANY
        ends, containers = await self._read([*inner.pipeline(), {"$project": fields}], limit, holding)
        if len(ends) > MANY and chain.canonical:
            raise TooCostly(f"More than {MANY} {chain.type} match a chained parameter; narrow the search.")
        if len(ends) > limit:
            return _either(self._followed(chain, inner), containers)
        pointers = self._pointed_to(chain, ends) if chain.reverse else self._pointing_to(chain, ends)
        return _either(pointers, containers)

    async def _read(
        self, pipeline: list[Document], limit: int, holding: Filter | None
    ) -> tuple[list[Document], list[str]]:
        """What matches at the other end, one more than `limit` at most, and what contains such a resource: "A chained
        condition will be evaluated inside contained resources" (search.html#contained)."""
        pipeline = [*pipeline[:-1], {"$limit": limit + 1}, pipeline[-1]]
        mark = {"$project": {"holds": {"$literal": 1}}}
        marked: list[Document] = [{"$match": holding}, {"$limit": _HOLDERS}, mark]
        apart = holding is not None and self._snapshot.in_transaction
        if holding is not None and not apart:
            pipeline.append({"$unionWith": {"coll": RESOURCES, "pipeline": marked}})
        found = await self._snapshot.read(pipeline, limit + 2)
        found += await self._snapshot.read(marked, limit + 2) if apart else []
        ends = [one for one in found if "holds" not in one]
        return ends, [one["_id"] for one in found if "holds" in one]

    def _pointing_to(self, chain: Chain, ends: Sequence[Document]) -> Filter:
        if chain.canonical:
            return {"k": {"$in": tokens_to(chain.names, (one["k"] for one in ends))}}
        return pointing(chain.names, sorted(one["_id"] for one in ends), self._base)

    def _pointed_to(self, chain: Chain, ends: Sequence[Document]) -> Filter:
        """All that the ends point to, of whatever type: the search knows which it is on."""
        pointers = {token.partition("|")[2] for one in ends for token in one["k"]}
        if chain.canonical:
            return either(named_by(one for one in pointers if "|" in one))
        return {"_id": {"$in": sorted(local(one, self._base) for one in pointers)}}

    def _followed(self, chain: Chain, inner: Located) -> Filter:
        """Looks up, for each candidate, one resource at the other end."""
        number = len(self.stages)
        pointer, met = f"_p{number}", f"_m{number}"
        if chain.reverse:
            own: Any = [{"$concat": [f"{name}|{root}", "$_id"]} for name in chain.names for root in roots(self._base)]
        else:
            starts = [f"{name}|{root}" for name in chain.names for root in roots(self._base)]
            own = {"$concatArrays": [_keys(start, chain.type) for start in starts]}
        lookup = {
            "from": RESOURCES,
            "localField": pointer,
            "foreignField": "k" if chain.reverse else "_id",
            "as": met,
            "pipeline": [*_undriven(inner).pipeline(), {"$limit": 1}, {"$project": {"_id": 1}}],
        }
        self.stages += [{"$set": {pointer: own}}, {"$lookup": lookup}]
        return {met: {"$ne": []}}

    async def _words(self, words: Words, type_: str | None) -> Filter:
        """What changed too recently to be among the words is told apart."""
        latest = await recent(self._snapshot)
        match = {"$and": [{"t": type_ or {"$in": sorted(r4.resource_types())}}, words.filter]}
        new = await matching(self._snapshot, latest, match)
        if not self._few and not words.broad:
            pipeline: list[Document] = [{"$match": match}, {"$limit": MANY + 1}, {"$project": {"_id": 1}}]
            found = {one["_id"] for one in await self._snapshot.read(pipeline, MANY + 2, WORDS)}
            if len(found) <= MANY:
                return {"_id": {"$in": sorted((found - {*latest.keys}) | {*new})}}
        met = f"_m{len(self.stages)}"
        lookup = {
            "from": WORDS,
            "localField": "_id",
            "foreignField": "_id",
            "as": met,
            "pipeline": [{"$match": match}, {"$project": {"_id": 1}}],
        }
        self.stages.append({"$lookup": lookup})
        return {"$or": [{met: {"$ne": []}, "_id": {"$nin": [*latest.keys]}}, {"_id": {"$in": new}}]}

    async def _branch(self, branch: Branch) -> Filter:
        """https://hl7.org/fhir/R4/search.html#recursive. A circle ends where it began."""
        known, latest = {branch.key}, {branch.key}
        while latest:
            latest = await self._neighbours(branch, sorted(latest)) - known
            known |= latest
            if len(known) > MANY:
                raise TooCostly(f"More than {MANY} resources are in this hierarchy; ask for a smaller part of it.")
        return pointing(branch.names, sorted(known), self._base)

    async def _neighbours(self, branch: Branch, keys: list[str]) -> set[str]:
        type_ = branch.key.partition("/")[0]
        if not branch.above:
            match = {"t": type_, "x": False, **pointing(branch.steps, keys, self._base)}
            found = await self._snapshot.read([{"$match": match}, {"$project": {"_id": 1}}], MANY)
            return {one["_id"] for one in found}
        found = await self._snapshot.read([{"$match": {"_id": {"$in": keys}}}, {"$project": {"k": 1}}], len(keys) + 1)
        starts = tuple(f"{name}|" for name in branch.steps)
        pointers = (token.partition("|")[2] for one in found for token in one.get("k", ()) if token.startswith(starts))
        return {key for pointer in pointers if (key := local(pointer, self._base)).startswith(f"{type_}/")}


def _undriven(inner: Located) -> Located:
    """The pointer alone is to choose what is read, not the criteria (see `gateway.search.compile.plan`)."""
    if not inner.conditions:
        return inner
    scope = {name: value for name, value in inner.match.items() if name in ("t", "x")}
    return replace(inner, match={**scope, "$nor": [{"$nor": [{"$and": [*inner.conditions]}]}]})


def _holding(chain: Chain, conditions: Sequence[Filter], type_: str | None) -> Filter:
    """Those that contain what the chain looks for and point to it."""
    within = inside([chain.type], conditions, chain.names)
    return {**within, **({"t": type_} if type_ else {}), "x": False}


def _either(pointers: Filter, containers: Sequence[str]) -> Filter:
    return {"$or": [pointers, {"_id": {"$in": [*containers]}}]} if containers else pointers


def _pointers(chain: Chain) -> Document:
    """Of the tokens of an end only those that point to us: most of what there is to read."""
    return {"k": chosen(*(f"{name}|" for name in chain.names))}


def _keys(start: str, type_: str) -> Document:
    """The keys `Type/id` of the tokens that begin with `start` and go on with the type."""
    cut = {"$substrBytes": ["$$one", len(start.encode()), -1]}
    return {"$map": {"input": chosen(f"{start}{type_}/"), "as": "one", "in": cut}}
