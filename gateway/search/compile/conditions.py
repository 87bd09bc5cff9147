"""Compile the clauses of a tree to MongoDB filters: one function for each class.

Several conditions on the array `k` are joined by `$and`: as keys of one document they would overwrite each other.
"""

from collections.abc import Iterator, Sequence

from gateway.search.compile.alternatives import any_of
from gateway.search.notation.tokens import Filter
from gateway.search.tree.clauses import And, Bound, Chain, Clause, Has, Hierarchy, Not, Or, Words, leads_elsewhere, rank

Condition = tuple[Clause, Filter]
"""A clause and its filter."""


def filter_of(clause: Clause, read: Iterator[Filter] | None = None) -> Filter:
    """Return the filter of a bound clause.

    read: the filters of the clauses that `reads_first` yields, in that order, made of what was read for them.
    """
    match clause:
        case Bound(filters):
            return any_of(filters)
        case And():
            return _and(clause, read)
        case Or(clauses):
            return any_of([filter_of(part, read) for part in clauses])
        case Not(inner):
            return {"$nor": [filter_of(inner, read)]}
        case Chain() | Has() | Hierarchy() | Words() if read is not None:
            return next(read)
        case _:
            raise TypeError(f"{type(clause).__name__} has no filter yet")


def _and(clause: And, read: Iterator[Filter] | None) -> Filter:
    """Join the filters of the parts. If something was read for one of them, MongoDB chooses the index: the ids that
    were found may well be the best way to the matches."""
    conditions = [(part, filter_of(part, read)) for part in clause.clauses]
    if leads_elsewhere(clause):
        return {"$and": [filter_ for _, filter_ in conditions]}
    return {"$and": one_index_token_first(conditions)}


def one_index_token_first(conditions: Sequence[Condition]) -> list[Filter]:
    """Return the filters in the order of their rank, such that only the first one on tokens can choose a range of the
    index.

    MongoDB takes any of several, and is right only by chance. The others get a double negation, which means the same
    but cannot be answered from an index.
    """
    ranked = sorted(conditions, key=lambda condition: (rank(condition[0]), _width(condition[1])))
    filters = [filter_ for _, filter_ in ranked]
    first = next((filter_ for filter_ in filters if is_on_tokens(filter_)), None)
    return [
        {"$nor": [{"$nor": [filter_]}]} if filter_ is not first and is_on_tokens(filter_) else filter_
        for filter_ in filters
    ]


def _width(filter_: Filter) -> int:
    """Return how many tokens or ids a filter lists."""
    listed = [
        matcher["$in"] for field in ("k", "_id") if isinstance(matcher := filter_.get(field), dict) and "$in" in matcher
    ]
    return max(map(len, listed), default=1)


def is_on_tokens(filter_: Filter) -> bool:
    """Tell whether a filter can be answered from the index of tokens, which holds no deleted resources."""
    if filter_.keys() == {"$and"}:
        return any(map(is_on_tokens, filter_["$and"]))
    alternatives = filter_.get("$or", (filter_,))
    return all("k" in alternative for alternative in alternatives)
