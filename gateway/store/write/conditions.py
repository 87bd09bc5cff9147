"""Look up what conditions match, and check inside the transaction that they still match the same.

Transactions are strictly serial, so a condition that holds inside one holds until its commit. Nearly all conditions in
practice ask for one exact token, an identifier or a tag. Those are checked together in one read, however many a group
has; any other costs a search of its own. All writers wait while a transaction checks its conditions, so that its limits
are far narrower than those of a request.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import ExecutionTimeout

from gateway.errors import TooCostly
from gateway.search.query import Query
from gateway.search.tree.clauses import Clause
from gateway.store.find import search
from gateway.store.find.snapshot import milliseconds_until
from gateway.store.layout.records import Condition, Write
from gateway.store.layout.schema import RESOURCES, Database, Document
from gateway.store.read.shared import Shared

_IDENTIFIER = 1
"""The rank of clauses that hardly ever match more than one resource."""

_ENOUGH = 2
"""Matches after which it is clear that there is more than one."""

LOOK_UP_SECONDS = 2.0
"""Seconds that one condition may take before the transaction. One that takes longer never reaches a transaction."""
JUDGE_SECONDS = 5.0
"""Seconds that all conditions of one transaction may take inside it."""
_LOOK_UPS = 16
"""Searches for conditions at a time, so that each spends its seconds in MongoDB, not on waiting for a connection."""

TokenSearch = tuple[str, frozenset[str]]
"""(type, index tokens of which a match has one)"""


def exact(query: Query) -> frozenset[str] | None:
    """Return the index tokens of which a match has one; None if the query asks for anything else."""
    if query.type is None or len(query.clauses) != 1:
        return None
    (clause,) = query.clauses
    if clause.negative or clause.leads_elsewhere or clause.groups:
        return None
    tokens = [part["k"] for part in clause.filters if part.keys() == {"k"} and isinstance(part["k"], str)]
    return frozenset(tokens) if len(tokens) == len(clause.filters) else None


class Matches:
    """Looks up what conditions match, outside of any transaction.

    Conditions on identifiers that are looked up at once, as by the entries of a Bundle, share one read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holders = Shared(partial(_few_holders, database))
        self._places = asyncio.Semaphore(_LOOK_UPS)

    async def ids(self, query: Query, limit: int) -> list[str]:
        """Return the ids of at most `limit` matches. Raises TooCostly after LOOK_UP_SECONDS."""
        tokens = exact(query)
        if tokens is None or limit > _ENOUGH or query.clauses[0].rank > _IDENTIFIER:
            return await self._searched(query, limit)
        return list(await self._holders.ask((query.type or "", tokens)) or ())[:limit]

    async def _searched(self, query: Query, limit: int) -> list[str]:
        async with self._places:
            with _limited(LOOK_UP_SECONDS) as ends:
                return await search.matches(self._database, query, limit, ends=ends)


async def _few_holders(database: Database, searches: Sequence[TokenSearch]) -> Mapping[TokenSearch, list[str]]:
    holders = await _holders(database, searches, _ENOUGH, None)
    return {
        (type_, tokens): list(dict.fromkeys(id_ for token in tokens for id_ in holders.get((type_, token), ())))
        for type_, tokens in searches
    }


@contextmanager
def _limited(seconds: float) -> Iterator[float]:
    """Yield the time, by `time.monotonic`, at which MongoDB gives up the searches inside the `with` block.

    Raises TooCostly when it does.
    """
    try:
        yield time.monotonic() + seconds
    except ExecutionTimeout as error:
        raise TooCostly(
            f"the conditions take the database longer than the {seconds:g} seconds that they may; "
            "use an identifier as the condition, or send fewer at once"
        ) from error


async def broken(database: Database, conditions: Sequence[Condition], session: AsyncClientSession) -> set[int]:
    """Return the positions of the conditions whose query no longer matches exactly the expected resources.

    Raises TooCostly after JUDGE_SECONDS; MongoDB has then given up the transaction.
    """
    with _limited(JUDGE_SECONDS) as ends:
        return await _broken(database, conditions, session, ends)


async def _broken(
    database: Database, conditions: Sequence[Condition], session: AsyncClientSession, ends: float
) -> set[int]:
    together = {n: tokens for n, condition in enumerate(conditions) if (tokens := exact(condition.query)) is not None}
    enough = 1 + max((len(conditions[n].expected) for n in together), default=0)
    searches = [(_type(conditions[n]), tokens) for n, tokens in together.items()]
    holders = await _holders(database, searches, enough, session, maxTimeMS=milliseconds_until(ends))
    failed = set()
    for number, condition in enumerate(conditions):
        if number in together:
            matched = {id_ for token in together[number] for id_ in holders.get((_type(condition), token), ())}
        else:
            limit = len(condition.expected) + 1
            matched = set(await search.matches(database, condition.query, limit, session=session, ends=ends))
        if matched != set(condition.expected):
            failed.add(number)
    return failed


async def is_met_by_stored(database: Database, write: Write, session: AsyncClientSession) -> bool:
    """Tell whether the resource, as the transaction of `session` has written it, meets its own condition.

    Raises TooCostly after JUDGE_SECONDS.
    """
    if write.condition is None:
        return True
    query = write.condition.query
    itself = Clause(({"_id": f"{write.type}/{write.id}"},), rank=0)
    narrowed = replace(query, clauses=(itself, *query.clauses))
    with _limited(JUDGE_SECONDS) as ends:
        return bool(await search.matches(database, narrowed, 1, session=session, ends=ends))


def _type(condition: Condition) -> str:
    return condition.query.type or ""


async def _holders(
    database: Database, searches: Sequence[TokenSearch], enough: int, session: AsyncClientSession | None, **limits: Any
) -> dict[tuple[str, str], list[str]]:
    """Return (type, token) -> ids of the live resources that have it, at most `enough` of them."""
    tokens: dict[str, set[str]] = defaultdict(set)
    for type_, alternatives in searches:
        tokens[type_] |= alternatives
    if not tokens:
        return {}
    all_tokens = list(set().union(*tokens.values()))
    pipeline: list[Document] = [
        {"$match": {"$or": [{"t": type_, "k": {"$in": list(own)}, "x": False} for type_, own in tokens.items()]}},
        {"$project": {"t": 1, "i": 1, "k": {"$setIntersection": ["$k", all_tokens]}}},
        {"$unwind": "$k"},
        {"$group": {"_id": {"t": "$t", "k": "$k"}, "ids": {"$firstN": {"input": "$i", "n": enough}}}},
    ]
    groups = await database[RESOURCES].aggregate(pipeline, session=session, batchSize=len(all_tokens) + 1, **limits)
    return {(group["_id"]["t"], group["_id"]["k"]): group["ids"] async for group in groups}
