"""Conditions, judged inside the transaction. Transactions are strictly serial, so one that holds holds until commit.

Nearly all conditions in practice ask for one exact token, an identifier or a tag. Those are judged together in one
read, however many a group has; any other costs a search of its own.
"""

from collections import defaultdict
from collections.abc import Sequence

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.search.query import Query
from gateway.store import search
from gateway.store.collections import RESOURCES, Database
from gateway.store.records import Condition


def exact(query: Query) -> frozenset[str] | None:
    """The index tokens of which a match has one, when that is all that the query asks for."""
    if query.type is None or len(query.clauses) != 1:
        return None
    (clause,) = query.clauses
    if clause.negative or clause.chains:
        return None
    tokens = [one["k"] for one in clause.filters if one.keys() == {"k"} and isinstance(one["k"], str)]
    return frozenset(tokens) if len(tokens) == len(clause.filters) else None


async def broken(database: Database, conditions: Sequence[Condition], session: AsyncClientSession) -> set[int]:
    """The positions of those whose query no longer matches exactly the expected resources."""
    together = {n: tokens for n, one in enumerate(conditions) if (tokens := exact(one.query)) is not None}
    found = await _holders(
        database, [(conditions[n].query.type or "", tokens) for n, tokens in together.items()], session
    )
    failed = set()
    for number, condition in enumerate(conditions):
        if number in together:
            kept = found[condition.query.type or ""]
            matched = {id_ for token in together[number] for id_ in kept[token]}
        else:
            limit = len(condition.expected) + 1
            matched = set(await search.matches(database, condition.query, limit, session=session))
        if matched != set(condition.expected):
            failed.add(number)
    return failed


async def _holders(
    database: Database, wanted: Sequence[tuple[str, frozenset[str]]], session: AsyncClientSession
) -> dict[str, dict[str, set[str]]]:
    """type -> token -> ids of the live resources that carry it."""
    tokens: dict[str, set[str]] = defaultdict(set)
    for type_, each in wanted:
        tokens[type_] |= each
    holders: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for type_, asked in tokens.items():
        filter_ = {"t": type_, "k": {"$in": list(asked)}, "x": False}
        async for document in database[RESOURCES].find(filter_, {"i": 1, "k": 1}, session=session):
            for token in asked.intersection(document["k"]):
                holders[type_][token].add(document["i"])
    return holders
