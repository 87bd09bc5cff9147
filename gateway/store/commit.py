"""The only way in to the database: groups of units, tried until they are durable or refused.

https://www.mongodb.com/docs/manual/core/transactions-in-applications/ names the two labels on which to try again.
"""

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Callable, Sequence

from bson.errors import BSONError
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import ConnectionFailure, DocumentTooLarge, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from gateway import errors
from gateway.store.collections import COUNTERS, FEED, Database
from gateway.store.transaction import Check, Outcome, Transaction, Unit

PATIENCE = 45.0
"""Seconds to keep trying while MongoDB restarts, elects a primary, or is busy with other processes' transactions."""

POLITENESS = 0.012
"""Seconds, at most and no more than the transaction took, to leave the floor to other processes after one: longer than
MongoDB lets their waiting writes sleep."""

_SNAPSHOT, _DURABLE = ReadConcern("snapshot"), WriteConcern(w="majority", j=True)
_TOO_LARGE, _DUPLICATE, _WRITE_CONFLICT = (10334, 17419, 17420), 11000, 112


class Commits:
    """Runs groups of units as transactions, one outcome per unit."""

    def __init__(self, database: Database, check: Check, committed: Callable[[int], None]) -> None:
        """`committed` is told the place the feed has reached after each transaction."""
        self._database, self._check, self._committed = database, check, committed
        self._counters = database[COUNTERS].with_options(write_concern=WriteConcern(w=1))
        self._process, self._not_before = secrets.token_hex(4), 0.0

    async def run(self, units: Sequence[Unit]) -> list[Outcome]:
        """A unit that MongoDB will not take is told so, and costs the others only a second try without it."""
        try:
            return await self._persist(units)
        except errors.Busy as error:
            return [error] * len(units)
        except Exception as error:
            if len(units) == 1:
                return [explain(error)]
        return [outcome for unit in units for outcome in await self.run([unit])]

    async def _persist(self, units: Sequence[Unit]) -> list[Outcome]:
        deadline, pause = time.monotonic() + PATIENCE, 0.01
        await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
        while True:
            try:
                return await self._attempt(units, deadline)
            except PyMongoError as error:
                if not _transient(error):
                    raise
                if time.monotonic() > deadline:
                    raise errors.Busy("The database is not available; nothing was written. Try again.") from error
                conflict = isinstance(error, OperationFailure) and error.code == _WRITE_CONFLICT
            if conflict:
                await self._turn()
            else:
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 1.5, 0.5)

    async def _turn(self) -> None:
        """Waits until the transaction under way has ended: a plain write to the counter is held up by MongoDB itself
        that long, which costs far less than failing transaction after transaction."""
        with contextlib.suppress(PyMongoError):
            await self._counters.update_one({"_id": FEED}, {"$inc": {"waits": 1}})

    async def _attempt(self, units: Sequence[Unit], deadline: float) -> list[Outcome]:
        started = time.monotonic()
        async with self._database.client.start_session() as session:
            await session.start_transaction(_SNAPSHOT, _DURABLE, ReadPreference.PRIMARY)
            transaction = Transaction(self._database, session, self._check, self._process)
            outcomes = await transaction.run(units)  # leaving the session on an error aborts
            if transaction.wrote:
                await _commit(session, deadline)
                self._committed(transaction.seq)
            if transaction.contended:
                ended = time.monotonic()
                self._not_before = ended + min(POLITENESS, ended - started)
        return outcomes


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


def _transient(error: PyMongoError) -> bool:
    return error.has_error_label("TransientTransactionError") or isinstance(error, ConnectionFailure)


def explain(error: Exception) -> Exception:
    """Why MongoDB refuses a document, for the client that sent it; what is no refusal stays what it is."""
    codes = _codes(error)
    if isinstance(error, DocumentTooLarge) or codes & {*_TOO_LARGE}:
        return errors.TooLarge("The resource is larger than the 16 MB that can be stored as one document.")
    if _DUPLICATE in codes:
        return errors.Conflict("Another resource already holds a value that must be unique.")
    if isinstance(error, BSONError | OverflowError | UnicodeError):
        return errors.Invalid(f"The resource holds a value that cannot be stored: {type(error).__name__}.")
    return error


def _codes(error: Exception) -> set[int]:
    if not isinstance(error, OperationFailure):
        return set()
    inner = (error.details or {}).get("writeErrors", [])
    return {code for code in (error.code, *(one.get("code") for one in inner)) if code is not None}
