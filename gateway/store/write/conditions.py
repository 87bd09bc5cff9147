"""Conditions: looked up beforehand, and judged inside the transaction. Transactions are strictly serial, so one that
holds holds until commit.

Nearly all conditions in practice ask for one exact token, an identifier or a tag. Those are judged together in one
read, however many a group has; any other costs a search of its own. All writers wait while a transaction judges, so
judging has limits that are far narrower than those of a request.
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
"""The rank of what hardly ever has more than one holder."""

_ENOUGH = 2
"""How many matches tell that there is more than one."""

LOOK_UP_SECONDS = 2.0
"""How long one condition may take before the transaction. One that takes longer never reaches a transaction."""
JUDGE_SECONDS = 5.0
"""How long all conditions of one transaction may take inside it."""
_LOOK_UPS = 16
"""Searches for conditions at a time, so that each spends its seconds in MongoDB and not on waiting for a connection."""

Asked = tuple[str, frozenset[str]]
"""(type, tokens of which a match has one)"""


def exact(query: Query) -> frozenset[str] | None:
    """The index tokens of which a match has one, when that is all that the query asks for."""
    if query.type is None or len(query.clauses) != 1:
        return None
    (clause,) = query.clauses
    if clause.negative or clause.leads_elsewhere or clause.groups:
        return None
    tokens = [one["k"] for one in clause.filters if one.keys() == {"k"} and isinstance(one["k"], str)]
    return frozenset(tokens) if len(tokens) == len(clause.filters) else None


class Matches:
    """What conditions match, outside of any transaction. Those on identifiers that are asked for at once, as by the
    entries of a Bundle, share one read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holders = Shared(partial(_few_holders, database))
        self._places = asyncio.Semaphore(_LOOK_UPS)

    async def ids(self, query: Query, limit: int) -> list[str]:
        """The ids of at most `limit` matches. Raises TooCostly after LOOK_UP_SECONDS."""
        tokens = exact(query)
        if tokens is None or limit > _ENOUGH or query.clauses[0].rank > _IDENTIFIER:
            return await self._searched(query, limit)
        return list(await self._holders.ask((query.type or "", tokens)) or ())[:limit]

    async def _searched(self, query: Query, limit: int) -> list[str]:
        async with self._places:
            with _limited(LOOK_UP_SECONDS) as ends:
                return await search.matches(self._database, query, limit, ends=ends)


async def _few_holders(database: Database, asked: Sequence[Asked]) -> Mapping[Asked, list[str]]:
    holders = await _holders(database, asked, _ENOUGH, None)
    return {
        (type_, tokens): list(dict.fromkeys(id_ for token in tokens for id_ in holders.get((type_, token), ())))
        for type_, tokens in asked
    }


@contextmanager
def _limited(seconds: float) -> Iterator[float]:
    """Yield the time, by `time.monotonic`, at which MongoDB gives up the searches inside the `with` block. Raises
    TooCostly when it does."""
    try:
        yield time.monotonic() + seconds
    except ExecutionTimeout as error:
        raise TooCostly(
            f"the conditions take the database longer than the {seconds:g} seconds that they may; "
            "use an identifier as the condition, or send fewer at once"
        ) from error


async def broken(database: Database, conditions: Sequence[Condition], session: AsyncClientSession) -> set[int]:
    """The positions of those whose query no longer matches exactly the expected resources. Raises TooCostly after
    JUDGE_SECONDS; MongoDB has then given up the transaction."""
    with _limited(JUDGE_SECONDS) as ends:
        return await _broken(database, conditions, session, ends)


async def _broken(
    database: Database, conditions: Sequence[Condition], session: AsyncClientSession, ends: float
) -> set[int]:
    together = {n: tokens for n, one in enumerate(conditions) if (tokens := exact(one.query)) is not None}
    enough = 1 + max((len(conditions[n].expected) for n in together), default=0)
    asked = [(_type(conditions[n]), tokens) for n, tokens in together.items()]
    holders = await _holders(database, asked, enough, session, maxTimeMS=milliseconds_until(ends))
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
    """Return whether the resource, as the transaction of `session` has written it, meets its own condition. Raises
    TooCostly after JUDGE_SECONDS."""
    if write.condition is None:
        return True
    query = write.condition.query
    itself = Clause(({"_id": f"{write.type}/{write.id}"},), rank=0)
    asked = replace(query, clauses=(itself, *query.clauses))
    with _limited(JUDGE_SECONDS) as ends:
        return bool(await search.matches(database, asked, 1, session=session, ends=ends))


def _type(condition: Condition) -> str:
    return condition.query.type or ""


async def _holders(
    database: Database, wanted: Sequence[Asked], enough: int, session: AsyncClientSession | None, **limits: Any
) -> dict[tuple[str, str], list[str]]:
    """(type, token) -> ids of the live resources that carry it, at most `enough` of them, however many there are."""
    tokens: dict[str, set[str]] = defaultdict(set)
    for type_, each in wanted:
        tokens[type_] |= each
    if not tokens:
        return {}
    asked = list(set().union(*tokens.values()))
    pipeline: list[Document] = [
        {"$match": {"$or": [{"t": type_, "k": {"$in": list(each)}, "x": False} for type_, each in tokens.items()]}},
        {"$project": {"t": 1, "i": 1, "k": {"$setIntersection": ["$k", asked]}}},
        {"$unwind": "$k"},
        {"$group": {"_id": {"t": "$t", "k": "$k"}, "ids": {"$firstN": {"input": "$i", "n": enough}}}},
    ]
    found = await database[RESOURCES].aggregate(pipeline, session=session, batchSize=len(asked) + 1, **limits)
    return {(one["_id"]["t"], one["_id"]["k"]): one["ids"] async for one in found}
