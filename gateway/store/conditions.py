"""Conditions, judged inside the transaction. Transactions are strictly serial, so one that holds holds until commit.

Nearly all conditions in practice ask for one exact token, an identifier or a tag. Those are judged together in one
read, however many a group has; any other costs a search of its own.
"""

from collections import defaultdict
from collections.abc import Sequence

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.search.query import Query
from gateway.store import search
from gateway.store.collections import RESOURCES, Database, Document
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
    enough = 1 + max((len(conditions[n].expected) for n in together), default=0)
    holders = await _holders(
        database, [(_type(conditions[n]), tokens) for n, tokens in together.items()], enough, session
    )
    failed = set()
    for number, condition in enumerate(conditions):
        if number in together:
            matched = {id_ for token in together[number] for id_ in holders.get((_type(condition), token), ())}
        else:
            limit = len(condition.expected) + 1
            matched = set(await search.matches(database, condition.query, limit, session=session))
        if matched != set(condition.expected):
            failed.add(number)
    return failed


def _type(condition: Condition) -> str:
    return condition.query.type or ""


async def _holders(
    database: Database, wanted: Sequence[tuple[str, frozenset[str]]], enough: int, session: AsyncClientSession
) -> dict[tuple[str, str], list[str]]:
    """(type, token) -> ids of the live resources that carry it, at most `enough` of them, however many there are."""
    tokens: dict[str, set[str]] = defaultdict(set)
    for type_, each in wanted:
        tokens[type_] |= each
    holders = {}
    for type_, asked in tokens.items():
        pipeline: list[Document] = [
            {"$match": {"t": type_, "k": {"$in": list(asked)}, "x": False}},
            {"$project": {"i": 1, "k": {"$setIntersection": ["$k", list(asked)]}}},
            {"$unwind": "$k"},
            {"$group": {"_id": "$k", "ids": {"$firstN": {"input": "$i", "n": enough}}}},
        ]
        async for one in await database[RESOURCES].aggregate(pipeline, session=session):
            holders[type_, one["_id"]] = one["ids"]
    return holders
