"""Whether a resource that is not stored yet would match a query, as far as its index tokens tell."""

from collections.abc import Collection
from typing import Any

from gateway.search.query import Query


def matches(query: Query, tokens: Collection[str]) -> bool | None:
    """`tokens`: the array `k` of the resource, which is of the query's type. None: tokens alone do not tell."""
    told = [clause for clause in query.clauses if not clause.leads_elsewhere and not clause.groups]
    answers = [_clause(clause.filters, tokens, clause.negative) for clause in told]
    if False in answers:
        return False
    return None if None in answers or len(answers) < len(query.clauses) else True


def _clause(filters: Collection[dict[str, Any]], tokens: Collection[str], negative: bool) -> bool | None:
    answers = [_filter(one, tokens) for one in filters]
    found = True if True in answers else None if None in answers else False
    return found if found is None else found is not negative


def _filter(one: dict[str, Any], tokens: Collection[str]) -> bool | None:
    if one.keys() == {"$or"}:
        return _clause(one["$or"], tokens, negative=False)
    wanted = one.get("k") if one.keys() == {"k"} else None
    if isinstance(wanted, str):
        return wanted in tokens
    if not isinstance(wanted, dict):
        return None
    if wanted.keys() == {"$in"}:
        return any(token in tokens for token in wanted["$in"])
    bounds = wanted.get("$elemMatch", {})
    if bounds.keys() == {"$gte", "$lt"}:
        return any(bounds["$gte"] <= token < bounds["$lt"] for token in tokens)
    return None
