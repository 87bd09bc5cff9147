"""Keep a record of the processes that write: the database session of each, and its signs of life.

A process that dies inside a transaction leaves it open in MongoDB for a minute, and with it the counter of the feed,
which all other processes need. So each process stores its session before using it, and a process that waits for a
transaction ends the sessions of those processes that have given no sign of life. All times are taken from the clock of
the database, so the clocks of the processes need not agree.
https://www.mongodb.com/docs/manual/reference/command/killSessions/
"""

import asyncio
import contextlib
import secrets
import time
from contextvars import Context

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from gateway.cancellation import cancel
from gateway.store.layout.decimals import PLAIN
from gateway.store.layout.schema import WRITERS, Database, Document

BEAT_SECONDS, LIFE_SECONDS = 1.5, 5.0
"""Seconds between signs of life, and seconds without one after which a process counts as dead."""


class Presence:
    """The record of this process, and its session."""

    def __init__(self, database: Database) -> None:
        self.name = secrets.token_hex(4)
        self._client = database.client
        self._writers = database[WRITERS].with_options(write_concern=WriteConcern(w=1))
        self._session: AsyncClientSession | None = None
        self._abandoned: list[Document] = []
        self._beaten = 0.0
        self._beating: asyncio.Task[None] | None = None

    async def session(self) -> AsyncClientSession:
        """Return the session to write in, after storing it."""
        if self._session is None:
            await self._kill(self._abandoned)
            self._abandoned = []
            self._session, self._beaten = self._client.start_session(), 0.0
        if time.monotonic() - self._beaten > BEAT_SECONDS:
            await self._beat(self._session)
        if self._beating is None:
            self._beating = asyncio.create_task(self._keep_beating(), context=Context())
        return self._session

    async def discard(self) -> None:
        """Give up the session after an error. Before the next session is used, MongoDB is told to end this one, in case
        it never heard that the transaction is over."""
        if self._session:
            self._abandoned.append(dict(self._session.session_id))
            session, self._session = self._session, None
            await session.end_session()

    async def end_dead(self) -> None:
        """End the transactions of processes that gave no sign of life for LIFE_SECONDS, and forget these processes."""
        dead = await self._writers.find({"$expr": {"$lt": ["$until", "$$NOW"]}}).to_list()
        await self._kill([writer["session"] for writer in dead])
        await self._writers.delete_many({"_id": {"$in": [writer["_id"] for writer in dead]}})

    async def close(self) -> None:
        """End the session, and forget this process."""
        if self._beating:
            await cancel(self._beating)
        await self.discard()
        with contextlib.suppress(PyMongoError):  # otherwise others remove the entry after LIFE_SECONDS
            await self._writers.with_options(write_concern=WriteConcern(w="majority")).delete_one({"_id": self.name})

    async def _beat(self, session: AsyncClientSession) -> None:
        until = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": int(LIFE_SECONDS * 1000)}}
        entry = {"session": {"$literal": dict(session.session_id)}, "until": until}
        await self._writers.update_one({"_id": self.name}, [{"$set": entry}], upsert=True)
        self._beaten = time.monotonic()

    async def _keep_beating(self) -> None:
        """Give signs of life during transactions that take longer than BEAT_SECONDS."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with contextlib.suppress(PyMongoError):
                if self._session:
                    await self._beat(self._session)

    async def _kill(self, sessions: list[Document]) -> None:
        if sessions:
            await self._client.admin.command("killSessions", sessions, codec_options=PLAIN)
