"""Commit groups of units: try each group until it is durable or refused. Nothing else writes resources.

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
from gateway.store.layout.refusal import NO_ROOM_TEXT, TOO_LARGE_FOR_CACHE, explain
from gateway.store.layout.schema import COUNTERS, FEED, Database
from gateway.store.write.presence import Presence
from gateway.store.write.transaction import Check, DatabaseTransaction, Outcome, RefusedAfterWriting
from gateway.store.write.unit import Unit

COMMIT_SECONDS = 45.0
"""Seconds to keep trying while MongoDB restarts, elects a primary, or is busy with other processes' transactions."""

OTHERS_MS = 2000
"""Milliseconds to wait for another process's transaction before asking whether that process still lives."""

CROWDED = 3
"""After so many conflicts of a transaction that no other one can have caused, MongoDB's cache counts as too small."""

POLITENESS = 0.012
"""The most seconds to pause after a transaction for which another process had to wait, so that the other process gets
its
turn: longer than MongoDB lets waiting writes sleep. The pause is never longer than the transaction was."""

Persisted = TypeVar("Persisted")
"""What `work` returns from inside the transaction."""


class _Crowded(Exception):
    """Raised when MongoDB gives up a transaction without a possible conflict: its cache is full."""


_SNAPSHOT, _DURABLE = ReadConcern("snapshot"), WriteConcern(w="majority", j=True)
_WRITE_CONFLICT, _DUPLICATE_KEY = 112, 11000
_LARGE = 1024 * 1024
"""Bytes of units from which they may be too large for the cache of MongoDB."""
_KILLED = (251, 11601)  # another process ended our session, believing that this process had died


class Commits:
    """The transactions of this process, one after another."""

    def __init__(self, database: Database, check: Check, committed: Callable[[int], None]) -> None:
        """
        check: judges conditions inside the transaction.
        committed: is called after each transaction with the position that the feed has reached.
        """
        self._database, self._check, self._committed = database, check, committed
        self._counters = database[COUNTERS].with_options(write_concern=WriteConcern(w=1))
        self._presence = Presence(database)
        self._not_before = 0.0

    async def run(self, units: Sequence[Unit], *, replace_foreign: bool = False) -> list[Outcome]:
        """Commit `units` together. Return one outcome per unit: its results, or the error that refused it.

        If one unit is refused, the others are tried again without it.
        replace_foreign: whether new internal documents replace documents of the same id that other mappings left
            behind. It is tried without first, because inserting is faster than replacing.
        """
        if not units:
            return []
        large = sum(unit.size for unit in units) > _LARGE
        tries = (CROWDED if len(units) == 1 else 1) if large else None
        try:
            return await self.persist(
                lambda transaction: transaction.run(units, replace_foreign=replace_foreign), tries=tries
            )
        except RefusedAfterWriting as refused:
            number = refused.number
            others = [*units[:number], *units[number + 1 :]]
            outcomes = await self.run(others, replace_foreign=replace_foreign) if others else []
            return [*outcomes[:number], refused.error, *outcomes[number:]]
        except errors.Busy as error:
            return [error] * len(units)
        except errors.TooCostly as error:
            return [error] if len(units) == 1 else await self._run_searches_apart(units)
        except Exception as error:
            if not replace_foreign and _is_duplicate_key(error):
                return await self.run(units, replace_foreign=True)
            if len(units) == 1:
                return [explain(error)]
        return [outcome for unit in units for outcome in await self.run([unit])]

    async def _run_searches_apart(self, units: Sequence[Unit]) -> list[Outcome]:
        """Run the units whose conditions need a search one by one, because one of these searches takes too long.

        All other units are committed together first, so that they need not wait for the slow search.
        """
        together = [number for number, unit in enumerate(units) if not unit.searches]
        together = together if len(together) < len(units) else []
        outcomes = dict(zip(together, await self.run([units[number] for number in together]), strict=True))
        for number, unit in enumerate(units):
            if number not in outcomes:
                outcomes[number] = (await self.run([unit]))[0]
        return [outcomes[number] for number in range(len(units))]

    async def persist(
        self, work: Callable[[DatabaseTransaction], Awaitable[Persisted]], *, tries: int | None = None
    ) -> Persisted:
        """Run `work` in a transaction, again from the start after a conflict. Return its result once it is durable.

        tries: how often the database may have no room for `work`; None for as often as COMMIT_SECONDS allow.
        Raises TooLarge after that, and Busy when the database does not answer for COMMIT_SECONDS.
        """
        deadline, pause, crowded = time.monotonic() + COMMIT_SECONDS, 0.01, 0
        await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
        while True:
            try:
                return await self._attempt(work, deadline)
            except PyMongoError as error:
                if not _is_transient(error):
                    raise
                if time.monotonic() > deadline:
                    raise errors.Busy("The database is not available; nothing was written. Try again.") from error
                conflict = _is_conflict(error)
            except _Crowded:
                conflict, crowded, pause = False, crowded + 1, max(pause, 0.3)  # MongoDB makes room by writing to disk
                if crowded == tries:
                    raise errors.TooLarge(NO_ROOM_TEXT) from None
                if time.monotonic() > deadline:
                    raise errors.Busy("The database has no room for the write now; nothing was written.") from None
            if conflict:
                await self._wait_for_others()
            else:
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 1.5, 0.5)

    async def _wait_for_others(self) -> None:
        """Wait until the transaction of another process has ended.

        MongoDB holds up a plain write to the counter for that long, which costs far less than failing transaction after
        transaction. If the other transaction does not end, its process may have died: its session is ended then.
        """
        try:
            wait = {"$inc": {"waits": 1}}
            await self._counters.find_one_and_update({"_id": FEED}, wait, projection={"_id": 1}, maxTimeMS=OTHERS_MS)
        except ExecutionTimeout:
            await self._presence.end_dead()
        except PyMongoError as error:
            if not _is_transient(error):
                raise

    async def _attempt(self, work: Callable[[DatabaseTransaction], Awaitable[Persisted]], deadline: float) -> Persisted:
        started, session = time.monotonic(), await self._presence.session()
        transaction: DatabaseTransaction | None = None
        try:
            await session.start_transaction(_SNAPSHOT, _DURABLE, ReadPreference.PRIMARY)
            transaction = DatabaseTransaction(self._database, session, self._check, self._presence.name)
            outcome = await work(transaction)
            await (_commit(session, deadline) if transaction.wrote else session.abort_transaction())
        except BaseException as error:
            # After these errors the session can be used again: MongoDB has answered, so its state is known.
            clean = (_is_conflict(error) or isinstance(error, RefusedAfterWriting)) and session.in_transaction
            await (session.abort_transaction() if clean else self._presence.discard())
            if _is_conflict(error) and transaction is not None and transaction.entered:
                raise _Crowded from error
            raise
        if transaction.wrote:
            self._committed(transaction.seq)
        if transaction.contended:
            ended = time.monotonic()
            self._not_before = ended + min(POLITENESS, ended - started)
        return outcome

    async def close(self) -> None:
        """End the session."""
        await self._presence.close()


async def _commit(session: AsyncClientSession, deadline: float) -> None:
    """Commit, and ask again while the answer is lost: MongoDB commits a transaction once, however often it is asked."""
    while True:
        try:
            return await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult"):
                raise
            if time.monotonic() > deadline:
                raise errors.Busy("The database went away during the write; its outcome is unknown.") from error
        await asyncio.sleep(random.uniform(0.02, 0.1))


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, OperationFailure) and error.code == _WRITE_CONFLICT


def _is_duplicate_key(error: Exception) -> bool:
    details = error.details if isinstance(error, BulkWriteError) else {}
    return any(write_error["code"] == _DUPLICATE_KEY for write_error in details.get("writeErrors", ()))


def _is_transient(error: PyMongoError) -> bool:
    if isinstance(error, OperationFailure) and error.code == TOO_LARGE_FOR_CACHE:
        return False  # MongoDB calls it transient, but it will be as large the next time
    return (
        error.has_error_label("TransientTransactionError")
        or isinstance(error, ConnectionFailure)
        or (isinstance(error, OperationFailure) and error.code in _KILLED)
    )
