"""Look up what conditions match before a transaction, and judge conditions inside it.

Transactions are strictly serial, so a condition that is met inside a transaction stays met until the commit.

Nearly all conditions in practice ask for one exact index token, of an identifier or a tag. These are judged together in
one read, however many a group has; any other condition costs a search of its own. All writers wait while a transaction
judges conditions, so judging has far narrower limits than a request.
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
from gateway.search.tree.clauses import Bound, rank
from gateway.store.find import search
from gateway.store.find.snapshot import milliseconds_until
from gateway.store.layout.fields import DELETED, ID, TOKENS, TYPE
from gateway.store.layout.records import Condition, Write
from gateway.store.layout.schema import RESOURCES, Database, Document
from gateway.store.read.shared import Shared

_RANK_OF_IDENTIFIERS = 1
"""The rank of clauses that hardly ever match more than one resource."""

_SEVERAL = 2
"""So many matches show that there is more than one."""

LOOK_UP_SECONDS = 2.0
"""The time that one condition may take before the transaction. A condition that takes longer never reaches one."""
JUDGE_SECONDS = 5.0
"""The time that all conditions of one transaction may take inside it."""
_LOOK_UPS_AT_ONCE = 16
"""Searches for conditions at a time, so that each spends its time in MongoDB and not on waiting for a connection."""

Lookup = tuple[str, frozenset[str]]
"""(resource type, tokens of which a match has one)"""


def exact_tokens(query: Query) -> frozenset[str] | None:
    """Return the index tokens of which a match has at least one, if `query` asks for nothing else; otherwise None."""
    if query.type is None or len(query.clauses) != 1:
        return None
    (clause,) = query.clauses
    if not isinstance(clause, Bound):
        return None
    simple = (filter_ for filter_ in clause.filters if filter_.keys() == {TOKENS})
    tokens = [token for filter_ in simple if isinstance(token := filter_[TOKENS], str)]
    return frozenset(tokens) if len(tokens) == len(clause.filters) else None


class Matches:
    """Looks up what conditions match, outside of any transaction.

    Conditions on identifiers that are looked up at once, such as those of the entries of a Bundle, share one read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holders = Shared(partial(_few_holders, database))
        self._look_ups = asyncio.Semaphore(_LOOK_UPS_AT_ONCE)

    async def ids(self, query: Query, limit: int) -> list[str]:
        """Return the ids of at most `limit` matches. Raises TooCostly after LOOK_UP_SECONDS."""
        tokens = exact_tokens(query)
        if tokens is None or limit > _SEVERAL or rank(query.clauses[0]) > _RANK_OF_IDENTIFIERS:
            return await self._search(query, limit)
        return list(await self._holders.ask((query.type or "", tokens)) or ())[:limit]

    async def _search(self, query: Query, limit: int) -> list[str]:
        async with self._look_ups:
            with _limited(LOOK_UP_SECONDS) as ends:
                return await search.matches(self._database, query, limit, ends=ends)


async def _few_holders(database: Database, lookups: Sequence[Lookup]) -> Mapping[Lookup, list[str]]:
    holders = await _holders(database, lookups, _SEVERAL, None)
    return {
        (type_, tokens): list(dict.fromkeys(id_ for token in tokens for id_ in holders.get((type_, token), ())))
        for type_, tokens in lookups
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
    """Return the positions of the `conditions` that are no longer met: that do not match exactly the expected
    resources.

    Raises TooCostly after JUDGE_SECONDS; MongoDB has then given up the transaction.
    """
    with _limited(JUDGE_SECONDS) as ends:
        return await _unmet(database, conditions, session, ends)


async def _unmet(
    database: Database, conditions: Sequence[Condition], session: AsyncClientSession, ends: float
) -> set[int]:
    together = {
        number: tokens
        for number, condition in enumerate(conditions)
        if (tokens := exact_tokens(condition.query)) is not None
    }
    enough = 1 + max((len(conditions[number].expected) for number in together), default=0)
    lookups = [(_type(conditions[number]), tokens) for number, tokens in together.items()]
    holders = await _holders(database, lookups, enough, session, maxTimeMS=milliseconds_until(ends))
    unmet = set()
    for number, condition in enumerate(conditions):
        if number in together:
            matched = {id_ for token in together[number] for id_ in holders.get((_type(condition), token), ())}
        else:
            limit = len(condition.expected) + 1
            matched = set(await search.matches(database, condition.query, limit, session=session, ends=ends))
        if matched != set(condition.expected):
            unmet.add(number)
    return unmet


async def is_met_by_stored(database: Database, write: Write, session: AsyncClientSession) -> bool:
    """Return whether the resource, as the transaction of `session` has written it, meets its own condition.

    Raises TooCostly after JUDGE_SECONDS.
    """
    if write.condition is None:
        return True
    query = write.condition.query
    itself = Bound(({"_id": f"{write.type}/{write.id}"},), rank=0)
    restricted = replace(query, clauses=(itself, *query.clauses))
    with _limited(JUDGE_SECONDS) as ends:
        return bool(await search.matches(database, restricted, 1, session=session, ends=ends))


def _type(condition: Condition) -> str:
    return condition.query.type or ""


async def _holders(
    database: Database, lookups: Sequence[Lookup], enough: int, session: AsyncClientSession | None, **limits: Any
) -> dict[tuple[str, str], list[str]]:
    """Return the ids of live resources by (type, token): at most `enough` ids each, however many resources have the
    token."""
    tokens: dict[str, set[str]] = defaultdict(set)
    for type_, tokens_of_lookup in lookups:
        tokens[type_] |= tokens_of_lookup
    if not tokens:
        return {}
    all_tokens = list(set().union(*tokens.values()))
    pipeline: list[Document] = [
        {
            "$match": {
                "$or": [
                    {TYPE: type_, TOKENS: {"$in": list(tokens_of_type)}, DELETED: False}
                    for type_, tokens_of_type in tokens.items()
                ]
            }
        },
        {"$project": {TYPE: 1, ID: 1, TOKENS: {"$setIntersection": [f"${TOKENS}", all_tokens]}}},
        {"$unwind": f"${TOKENS}"},
        {
            "$group": {
                "_id": {TYPE: f"${TYPE}", TOKENS: f"${TOKENS}"},
                "ids": {"$firstN": {"input": f"${ID}", "n": enough}},
            }
        },
    ]
    rows = await database[RESOURCES].aggregate(pipeline, session=session, batchSize=len(all_tokens) + 1, **limits)
    return {(row["_id"][TYPE], row["_id"][TOKENS]): row["ids"] async for row in rows}
