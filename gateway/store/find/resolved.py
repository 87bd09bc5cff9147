"""A search after everything that it leads through has been read, as a MongoDB pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from gateway.search.compile.conditions import Condition
from gateway.search.compile.plan import Plan
from gateway.search.notation.tokens import Filter
from gateway.search.tree.clauses import Bound
from gateway.store.layout.schema import RESOURCES, Document

_POINTERS_AT_ONCE = 100
"""Pointers or ids that one portion asks for."""
_PORTIONS = 8
"""The most portions of a search; the last one asks for all pointers that are left."""


@dataclass(frozen=True, slots=True)
class ResolvedSearch:
    """A search, ready to run.

    match: the filter of the documents that are read first.
    others: filters of disjoint parts of the same search that `match` leaves out.
    conditions: the filters of the clauses in `match`.
    stages: the lookups that `late` needs.
    late: filters that MongoDB can judge only after `stages`.
    portions: the same search as `match`, divided into filters that can be asked one after the other, in this order.
    """

    match: Filter
    others: Sequence[Filter] = ()
    conditions: Sequence[Filter] = ()
    stages: Sequence[Document] = ()
    late: Sequence[Filter] = ()
    portions: Sequence[Filter] = ()

    def portion(self, number: int) -> "ResolvedSearch | None":
        """Return the search of one portion, from 0 on; None after the last."""
        if not self.portions:
            return self if number == 0 else None
        return replace(self, match=self.portions[number], portions=()) if number < len(self.portions) else None

    def pipeline(
        self, *sorting: Document, ending: Sequence[Document] = (), rest: Filter | None = None
    ) -> list[Document]:
        """Return the pipeline that yields the matches.

        sorting: stages before the costly lookups, in each part.
        ending: stages after them, in each part.
        rest: a filter that the matches must meet too.
        """
        after = [*self.stages, {"$match": {"$and": [*self.late]}}] if self.late else []
        parts = [{"$and": [part, rest]} if rest else part for part in (self.match, *self.others)]
        first, *others = [[{"$match": part}, *sorting, *after, *ending] for part in parts]
        return [*first, *({"$unionWith": {"coll": RESOURCES, "pipeline": other}} for other in others)]

    def without_index_hints(self) -> "ResolvedSearch":
        """Return the search for the pipeline of a `$lookup`, in which the pointer alone must choose what is read. The
        double negation keeps MongoDB from using an index for the clauses (see `one_index_token_first`)."""
        if not self.conditions:
            return self
        scope = {name: value for name, value in self.match.items() if name in ("t", "x")}
        return replace(self, match={**scope, "$nor": [{"$nor": [{"$and": [*self.conditions]}]}]})


def divide(plan: Plan, conditions: Sequence[Condition]) -> list[Filter]:
    """Divide a search for many pointers or ids without `_sort` into portions; return [] if it is any other search.

    MongoDB merges the results of a hundred pointers in order as they come, but would read and sort those of a thousand.
    Once a page is full, the other portions need not be read.

    conditions: the clauses that led through other documents, with their filters.
    """
    if len(conditions) != 1 or plan.query.sort or plan.query.contained != "false" or len(conditions[0][1]) != 1:
        return []
    clause, filter_ = conditions[0]
    [(field, matcher)] = filter_.items()
    listed = matcher.get("$in", []) if field in ("k", "_id") and isinstance(matcher, dict) else []
    if len(listed) <= _POINTERS_AT_ONCE:
        return []
    ends = [*range(0, len(listed), _POINTERS_AT_ONCE)[:_PORTIONS], len(listed)]
    portions = []
    for start, end in pairwise(ends):
        asked: Filter = {field: {"$in": listed[start:end]}}
        # A resource with several pointers belongs to the first portion that has one of them.
        before = [{"$nor": [{field: {"$in": listed[:start]}}]}] if start and field == "k" else []
        portions.append(plan.match([(clause, asked), *((Bound(()), earlier) for earlier in before)]))
    return portions
