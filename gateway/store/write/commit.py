"""The only way in to the database: groups of units, tried until they are durable or refused.

https://www.mongodb.com/docs/manual/core/transactions-in-applications/ names the two labels on which to try again.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from gateway import errors
from gateway.store.layout.refusal import NO_ROOM, TOO_LARGE_FOR_CACHE, explain
from gateway.store.layout.schema import COUNTERS, FEED, Database
from gateway.store.write.presence import Presence
from gateway.store.write.transaction import Check, Outcome, RefusedAfterWriting, Transaction
from gateway.store.write.unit import Unit

PATIENCE = 45.0
"""Seconds to keep trying while MongoDB restarts, elects a primary, or is busy with other processes' transactions."""

TURN_MS = 2000
"""Milliseconds to wait for another process's transaction before asking whether that process still lives."""

CROWDED = 3
"""After so many conflicts of a transaction that no other one can have caused, MongoDB's cache counts as too small."""

POLITENESS = 0.012
"""Seconds, at most and no more than the transaction took, to leave the floor to other processes after one: longer than
MongoDB lets their waiting writes sleep."""

T = TypeVar("T")


class _Crowded(Exception):
    """Raised when MongoDB gives up a transaction without a possible conflict: its cache is full."""


_SNAPSHOT, _DURABLE = ReadConcern("snapshot"), WriteConcern(w="majority", j=True)
_WRITE_CONFLICT, _DUPLICATE_KEY = 112, 11000
_LARGE = 1024 * 1024
_KILLED = (251, 11601)  # another process took us for dead


class Commits:
    """Runs groups of units as transactions, one outcome per unit."""

    def __init__(self, database: Database, check: Check, committed: Callable[[int], None]) -> None:
        """`committed` is told the place the feed has reached after each transaction."""
        self._database, self._check, self._committed = database, check, committed
        self._counters = database[COUNTERS].with_options(write_concern=WriteConcern(w=1))
        self._presence = Presence(database)
        self._not_before = 0.0

    async def run(self, units: Sequence[Unit], *, over: bool = False) -> list[Outcome]:
        """A unit that MongoDB will not take is told so, and costs the others only a second try without it. The place
        of a new internal document may hold one that another mapping left behind: then once more, `over` it."""
        if not units:
            return []
        large = sum(unit.size for unit in units) > _LARGE
        tries = (CROWDED if len(units) == 1 else 1) if large else None
        try:
            return await self.persist(lambda transaction: transaction.run(units, over=over), tries=tries)
        except RefusedAfterWriting as refused:
            number = refused.number
            others = [*units[:number], *units[number + 1 :]]
            outcomes = await self.run(others, over=over) if others else []
            return [*outcomes[:number], refused.error, *outcomes[number:]]
        except errors.Busy as error:
            return [error] * len(units)
        except errors.TooCostly as error:
            return [error] if len(units) == 1 else await self._searching_apart(units)
        except Exception as error:
            if not over and _taken(error):
                return await self.run(units, over=True)
            if len(units) == 1:
                return [explain(error)]
        return [outcome for unit in units for outcome in await self.run([unit])]

    async def _searching_apart(self, units: Sequence[Unit]) -> list[Outcome]:
        """Run the units whose conditions need a search one by one, because one of them takes too long. The others go
        together before them, so that they wait no longer."""
        together = [number for number, unit in enumerate(units) if not unit.searches]
        together = together if len(together) < len(units) else []
        outcomes = dict(zip(together, await self.run([units[number] for number in together]), strict=True))
        for number, unit in enumerate(units):
            if number not in outcomes:
                outcomes[number] = (await self.run([unit]))[0]
        return [outcomes[number] for number in range(len(units))]

    async def persist(self, work: Callable[[Transaction], Awaitable[T]], *, tries: int | None = None) -> T:
        """Run `work` in a transaction, again from the start after a conflict, and return its result once it is durable.

        tries: how often the database may have no room for the work; None for as often as PATIENCE allows.
        Raises TooLarge after that, and Busy when the database does not answer for PATIENCE.
        """
        deadline, pause, crowded = time.monotonic() + PATIENCE, 0.01, 0
        await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
        while True:
            try:
                return await self._attempt(work, deadline)
            except PyMongoError as error:
                if not _transient(error):
                    raise
                if time.monotonic() > deadline:
                    raise errors.Busy("The database is not available; nothing was written. Try again.") from error
                conflict = _conflict(error)
            except _Crowded:
                conflict, crowded, pause = False, crowded + 1, max(pause, 0.3)  # MongoDB makes room by writing to disk
                if crowded == tries:
                    raise errors.TooLarge(NO_ROOM) from None
                if time.monotonic() > deadline:
                    raise errors.Busy("The database has no room for the write now; nothing was written.") from None
            if conflict:
                await self._turn()
            else:
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 1.5, 0.5)

    async def _turn(self) -> None:
        """Waits until the transaction under way has ended: a plain write to the counter is held up by MongoDB itself
        that long, which costs far less than failing transaction after transaction. One that does not end may be that
        of a process that did."""
        try:
            wait = {"$inc": {"waits": 1}}
            await self._counters.find_one_and_update({"_id": FEED}, wait, projection={"_id": 1}, maxTimeMS=TURN_MS)
        except ExecutionTimeout:
            await self._presence.bury()
        except PyMongoError as error:
            if not _transient(error):
                raise

    async def _attempt(self, work: Callable[[Transaction], Awaitable[T]], deadline: float) -> T:
        started, session = time.monotonic(), await self._presence.session()
        transaction: Transaction | None = None
        try:
            await session.start_transaction(_SNAPSHOT, _DURABLE, ReadPreference.PRIMARY)
            transaction = Transaction(self._database, session, self._check, self._presence.name)
            outcome = await work(transaction)
            await (_commit(session, deadline) if transaction.wrote else session.abort_transaction())
        except BaseException as error:
            clean = (_conflict(error) or isinstance(error, RefusedAfterWriting)) and session.in_transaction
            await (session.abort_transaction() if clean else self._presence.discard())
            if _conflict(error) and transaction is not None and transaction.entered:
                raise _Crowded from error
            raise
        if transaction.wrote:
            self._committed(transaction.seq)
        if transaction.contended:
            ended = time.monotonic()
            self._not_before = ended + min(POLITENESS, ended - started)
        return outcome

    async def close(self) -> None:
        await self._presence.close()


async def _commit(session: AsyncClientSession, deadline: float) -> None:
    """Commits, asking again while the answer is lost: a repeated commit of one transaction happens once."""
    while True:
        try:
            return await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult"):
                raise
            if time.monotonic() > deadline:
                raise errors.Busy("The database went away during the write; its outcome is unknown.") from error
        await asyncio.sleep(random.uniform(0.02, 0.1))


def _conflict(error: BaseException) -> bool:
    return isinstance(error, OperationFailure) and error.code == _WRITE_CONFLICT


def _taken(error: Exception) -> bool:
    details = error.details if isinstance(error, BulkWriteError) else {}
    return any(one["code"] == _DUPLICATE_KEY for one in details.get("writeErrors", ()))


def _transient(error: PyMongoError) -> bool:
    if isinstance(error, OperationFailure) and error.code == TOO_LARGE_FOR_CACHE:
        return False  # MongoDB calls it transient, but it will be as large the next time
    return (
        error.has_error_label("TransientTransactionError")
        or isinstance(error, ConnectionFailure)
        or (isinstance(error, OperationFailure) and error.code in _KILLED)
    )
