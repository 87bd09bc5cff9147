"""From a query to what MongoDB is asked for: a filter and an order.

A criterion that leads through other resources has no filter until those are found (`store.find.chains`), which hands
their filters to `match`.

Several criteria on the array `k` are joined by `$and`, each for itself: as keys
of one document they would overwrite each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.fhir import r4
from gateway.search.compile.alternatives import either
from gateway.search.compile.contained import searched
from gateway.search.compile.joined_chains import joined
from gateway.search.compile.order import Key, order
from gateway.search.notation import eras
from gateway.search.notation.tokens import Filter
from gateway.search.query import Query
from gateway.search.tree.clauses import Clause

Condition = tuple[Clause, Filter]
_SELECTIVE = 3
"""The rank of what leaves few resources: identifiers, references, names."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`conditions` are criteria as filters, `open` those that lead through other resources."""

    query: Query
    conditions: tuple[Condition, ...]
    open: tuple[Clause, ...]
    order: tuple[Key, ...]

    def match(self, found: Iterable[Condition] = ()) -> Filter:
        """The filter, once all that was open is `found`."""
        return self._match(_driven([*self.conditions, *found]))

    def eras(self, found: Iterable[Condition] = ()) -> list[Filter]:
        """Return the search in disjoint parts that together read less (see `notation.eras`), or in one part
        where that would not help, because the search leaves few resources."""
        all_ = [*self.conditions, *found]
        moments = [clause.since for clause, _ in all_ if clause.since is not None and not clause.negative]
        since = max(moments, default=None)
        if since is None or self.query.contained != "false" or min(clause.rank for clause, _ in all_) <= _SELECTIVE:
            return [self._match(_driven(all_))]
        parts = [self._match([*_driven(all_), eras.recent(since)])]
        for token, began in eras.older(since):
            parts.append(self._match([*_driven([(Clause(rank=-1), token), *all_]), began]))
        return parts

    def _match(self, conditions: Sequence[Filter]) -> Filter:
        if self.query.contained != "false":
            return searched(self.query, conditions)
        both = {"$and": [*conditions]} if conditions else {}
        alive = {} if any(map(_on_tokens, conditions)) else {"x": False}
        named = any(condition.keys() == {"_id"} for condition in conditions)
        return {**_scope(self.query, anything=not conditions, named=named), **alive, **both}


def compile(query: Query) -> Plan:  # noqa: A001
    """Pure: the same query gives the same plan."""
    conditions = tuple((clause, condition(clause)) for clause in query.clauses if not clause.leads_elsewhere)
    open_ = joined(clause for clause in query.clauses if clause.leads_elsewhere)
    return Plan(query, conditions, open_, order(query.sort, _usual(query, conditions)))


def _usual(query: Query, conditions: Sequence[Condition]) -> str:
    """The order in which an index yields the results: by the main date both what exact tokens find and the whole type,
    by the last update what was updated lately; by id where there is no criterion."""
    if conditions and len(conditions) == len(query.clauses) and all("u" in filter_ for _, filter_ in conditions):
        return "u"
    return "at" if query.clauses else "_id"


def condition(clause: Clause) -> Filter:
    """What a criterion means that leads through no other resources."""
    groups = [{"$and": _driven([(one, condition(one)) for one in group])} for group in clause.groups]
    any_ = either([*clause.filters, *groups])
    return {"$nor": [any_]} if clause.negative else any_


def _driven(conditions: Sequence[Condition]) -> list[Filter]:
    """The conditions in the order of their rank; of those on tokens only the first may choose the range of the index.

    MongoDB takes any one of several for that, and is right only by chance. A double negation means the same, but no
    index can serve it.
    """
    ranked = [filter_ for _, filter_ in sorted(conditions, key=lambda pair: (pair[0].rank, _width(pair[1])))]
    first = next((one for one in ranked if _on_tokens(one)), None)
    return [{"$nor": [{"$nor": [one]}]} if one is not first and _on_tokens(one) else one for one in ranked]


def _width(filter_: Filter) -> int:
    """How many tokens are looked for."""
    return max(
        (len(one["$in"]) for one in (filter_.get("k"), filter_.get("_id")) if isinstance(one, dict) and "$in" in one),
        default=1,
    )


def _on_tokens(filter_: Filter) -> bool:
    """Whether it can be answered from the tokens. What was deleted has none."""
    if filter_.keys() == {"$and"}:
        return any(map(_on_tokens, filter_["$and"]))
    alternatives = filter_.get("$or", (filter_,))
    return all("k" in one for one in alternatives)


def _scope(query: Query, *, anything: bool, named: bool) -> Filter:
    """Return the filter on the types. `anything`: there is no criterion; one type is then a range of `_id`, which comes
    in order. `named`: the criteria name ids, which imply their types; MongoDB would combine each type with each id."""
    if query.type is not None:
        everything = {"_id": {"$gt": f"{query.type}/", "$lt": f"{query.type}0"}} if anything else {}
        return {"t": query.type, **everything}
    if query.types or not (anything or named):
        return {"t": {"$in": list(query.types) or sorted(r4.resource_types())}}
    return {}
