"""From a query to what MongoDB is asked for: a filter, an order, and the searches that must run before it.

Several criteria on the array `k` are joined by `$and`, each for itself: as keys
of one document they would overwrite each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.fhir import r4
from gateway.search.order import Key, order
from gateway.search.query import Chain, Clause, Query
from gateway.search.tokens import Filter


@dataclass(frozen=True, slots=True)
class Plan:
    """`chains` holds, per criterion that has some, the searches to run first; `criterion` makes a filter of their
    results, and `filter` takes all of those."""

    query: Query
    conditions: tuple[Filter, ...]
    chains: tuple[Clause, ...]
    order: tuple[Key, ...]

    def filter(self, found: Sequence[Filter] = ()) -> Filter:
        conditions = [*self.conditions, *found]
        both = {"$and": conditions} if conditions else {}
        return {**_scope(self.query, anything=not conditions), "x": False, **both}


def compile(query: Query) -> Plan:  # noqa: A001
    """Pure: the same query gives the same plan."""
    plain = [clause for clause in query.clauses if not clause.chains]
    conditions = tuple(_condition(clause) for clause in plain)
    chains = tuple(clause for clause in query.clauses if clause.chains)
    return Plan(query, conditions, chains, order(query.sort, _has_token(plain) or bool(chains)))


def subplan(chain: Chain) -> Plan:
    """The search for the resources at the other end of a chain."""
    return compile(Query(chain.type, clauses=(chain.clause,)))


def criterion(chain: Chain, of: str | None, found: Iterable[str]) -> Filter:
    """What `chain` demands of a resource of type `of` once the ids at its other end are known."""
    if chain.reverse:
        return {"_id": {"$in": [f"{of}/{one}" for one in found]}}
    return {"k": {"$in": [f"{name}|{chain.type}/{one}" for one in found for name in chain.names]}}


def either(filters: Sequence[Filter]) -> Filter:
    """Any of `filters`. Exact values of one field become one `$in`, which an index answers in order."""
    exact: dict[str, list[str]] = {}
    others: list[Filter] = []
    for one in filters:
        values = _exact_values(one)
        if values is None:
            others.append(one)
        else:
            exact.setdefault(next(iter(one)), []).extend(values)
    merged = [{field: values[0] if len(values) == 1 else {"$in": values}} for field, values in exact.items()] + others
    return merged[0] if len(merged) == 1 else {"$or": merged}


def _exact_values(one: Filter) -> list[str] | None:
    if len(one) != 1:
        return None
    (matcher,) = one.values()
    if isinstance(matcher, str):
        return [matcher]
    return matcher["$in"] if isinstance(matcher, dict) and list(matcher) == ["$in"] else None


def _condition(clause: Clause) -> Filter:
    any_ = either(clause.filters)
    return {"$nor": [any_]} if clause.negative else any_


def _scope(query: Query, anything: bool) -> Filter:
    """The types. One type without a criterion is a range of `_id`, which comes in order."""
    if query.type is not None:
        everything = {"_id": {"$gt": f"{query.type}/", "$lt": f"{query.type}0"}} if anything else {}
        return {"t": query.type, **everything}
    if query.types or not anything:
        return {"t": {"$in": list(query.types) or sorted(r4.resource_types())}}
    return {}


def _has_token(clauses: Iterable[Clause]) -> bool:
    """Whether some criterion is exact tokens: then the index yields them by `at`."""
    return any("k" in (condition := _condition(c)) and not _is_range(condition["k"]) for c in clauses)


def _is_range(matcher: Any) -> bool:
    return isinstance(matcher, dict) and "$elemMatch" in matcher
