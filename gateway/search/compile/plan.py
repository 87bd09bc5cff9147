"""Plan a search: the filter and the order that MongoDB is asked for.

Clauses that lead through other documents have no filter until those are read: `gateway.store.find.chains` reads them
and hands their filters to `match`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.fhir import r4
from gateway.search.compile.conditions import Condition, filter_of, is_on_tokens, one_index_token_first
from gateway.search.compile.contained import searched
from gateway.search.compile.joined_chains import joined
from gateway.search.compile.order import Key, order
from gateway.search.notation import eras
from gateway.search.notation.tokens import Filter
from gateway.search.query import Query
from gateway.search.tree.clauses import Bound, Clause, leads_elsewhere, rank

_SELECTIVE = 3
"""The rank up to which a clause leaves few resources: identifiers, references, names."""
_FIRST = -1
"""The rank of a clause that comes before all others."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A search, compiled as far as it can be before anything is read.

    conditions: the clauses that have a filter, with it.
    open: the clauses that lead through other documents.
    """

    query: Query
    conditions: tuple[Condition, ...]
    open: tuple[Clause, ...]
    order: tuple[Key, ...]

    def match(self, found: Iterable[Condition] = ()) -> Filter:
        """Return the filter. `found`: the open clauses with their filters."""
        return self._match(one_index_token_first([*self.conditions, *found]))

    def eras(self, found: Iterable[Condition] = ()) -> list[Filter]:
        """Return the filter in disjoint parts that together read less, see `gateway.search.notation.eras`; in one part
        where that does not help, because the search leaves few resources anyway."""
        conditions = [*self.conditions, *found]
        moments = [clause.since for clause, _ in conditions if isinstance(clause, Bound) and clause.since is not None]
        since = max(moments, default=None)
        if since is None or self.query.contained != "false" or min(rank(one) for one, _ in conditions) <= _SELECTIVE:
            return [self._match(one_index_token_first(conditions))]
        parts = [self._match([*one_index_token_first(conditions), eras.recent(since)])]
        for token, began in eras.older(since):
            with_token = [(Bound((), rank=_FIRST), token), *conditions]
            parts.append(self._match([*one_index_token_first(with_token), began]))
        return parts

    def _match(self, conditions: Sequence[Filter]) -> Filter:
        if self.query.contained != "false":
            return searched(self.query, conditions)
        joined_ = {"$and": [*conditions]} if conditions else {}
        alive = {} if any(map(is_on_tokens, conditions)) else {"x": False}
        named = any(condition.keys() == {"_id"} for condition in conditions)
        return {**_scope(self.query, unconditional=not conditions, named=named), **alive, **joined_}


def plan_search(query: Query) -> Plan:
    """Compile a query. The same query always gives the same plan."""
    conditions, open_ = list[Condition](), list[Clause]()
    for clause in query.clauses:
        if leads_elsewhere(clause):
            open_.append(clause)
        else:
            conditions.append((clause, filter_of(clause)))
    return Plan(query, tuple(conditions), joined(open_), order(query.sort, _natural_order(query, conditions)))


def _natural_order(query: Query, conditions: Sequence[Condition]) -> str:
    """Return the field by which an index yields the matches in order: the main date, or the last update for a search
    by nothing else, or the id without any clause."""
    if conditions and len(conditions) == len(query.clauses) and all("u" in filter_ for _, filter_ in conditions):
        return "u"
    return "at" if query.clauses else "_id"


def _scope(query: Query, *, unconditional: bool, named: bool) -> Filter:
    """Return the filter on the types.

    unconditional: there is no clause; one type is then a range of `_id`, which comes in order.
    named: the clauses name ids, which imply their types; MongoDB would combine each type with each id.
    """
    if query.type is not None:
        everything = {"_id": {"$gt": f"{query.type}/", "$lt": f"{query.type}0"}} if unconditional else {}
        return {"t": query.type, **everything}
    if query.types or not (unconditional or named):
        return {"t": {"$in": list(query.types) or sorted(r4.resource_types())}}
    return {}
