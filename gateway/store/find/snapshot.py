"""Read the database as it was at one moment, also in later requests.

MongoDB answers `readConcern: snapshot` with the time at which it read, and reads at that time again for as long as it
keeps the history (`minSnapshotHistoryWindowInSeconds`, 5 minutes by default).
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from contextvars import Context
from math import inf
from time import monotonic
from typing import Any

import pymongo
from bson import Timestamp
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure, PyMongoError

from gateway import errors
from gateway.store.layout.schema import RESOURCES, Database, Document
from gateway.store.read.charged import charge, size_of

_TOO_OLD, _UNAVAILABLE, _INVALID = 239, 246, 72
_ATTEMPTS = 20


_CLOSING: set[asyncio.Task[None]] = set()
"""Tasks under way: the event loop itself holds no strong reference to them."""


async def _ignoring(command: Awaitable[Any]) -> None:
    with contextlib.suppress(PyMongoError):  # then MongoDB closes the cursor itself after ten minutes
        await command


def milliseconds_until(end: float) -> int:
    """Return the milliseconds until then for `maxTimeMS`, at least 1: to MongoDB 0 means no limit."""
    return max(1, int((end - monotonic()) * 1000))


class Snapshot:
    """The database at one moment.

    time: the moment; None until the first read fixes it. In a transaction it stays None, and MongoDB reads the
        transaction's own snapshot.
    ends: when, by `time.monotonic`, MongoDB gives up reading; the driver then raises ExecutionTimeout. None leaves it
        to the budget of the request.
    """

    def __init__(
        self,
        database: Database,
        session: AsyncClientSession,
        time: Timestamp | None = None,
        *,
        ends: float | None = None,
    ) -> None:
        self.time = time
        self._ends = ends
        self._database = database
        self._session = session
        self._fixed = time is not None
        self.known: dict[str, Any] = {}
        """Results that callers have computed from the snapshot and keep for later calls, by a name of their choice."""

    @property
    def in_transaction(self) -> bool:
        """Whether reads are part of a transaction, in which MongoDB does not support $unionWith."""
        return self._session.in_transaction

    async def read(self, pipeline: list[Document], size: int, collection: str = RESOURCES) -> list[Document]:
        """Return all documents of an aggregation. Raises Gone if MongoDB no longer keeps the snapshot.

        size: the number of documents that is expected, for the first batch.
        """
        return (await self.read_within(pipeline, size, collection))[0]

    async def read_within(
        self, pipeline: list[Document], size: int, collection: str = RESOURCES, room: float = inf
    ) -> tuple[list[Document], bool]:
        """Do the same, but stop once there are `room` bytes; return also whether there are more documents."""
        command: dict[str, Any] = {"aggregate": collection, "pipeline": pipeline, "cursor": {"batchSize": size}}
        if not self.in_transaction:
            at = {"atClusterTime": self.time} if self.time else {}
            command |= {"readConcern": {"level": "snapshot", **at}, "allowDiskUse": True}
        reply = (await self._first(command))["cursor"]
        if not self.in_transaction:
            self.time = reply["atClusterTime"]
        return await self._rest(reply, collection, room)

    async def _rest(self, reply: Document, collection: str, room: float) -> tuple[list[Document], bool]:
        """Read on from the first reply of a cursor, 16 MB at a time. Whatever fails, the cursor is closed."""
        documents: list[Document] = reply["firstBatch"]
        cursor = reply["id"]
        try:
            charge(documents)
            while reply["id"] and (room == inf or sum(map(size_of, documents)) < room):
                with pymongo.timeout(None):  # the limit of the first command still counts, and MongoDB takes no new one
                    reply = (await self._command({"getMore": cursor, "collection": collection}))["cursor"]
                charge(reply["nextBatch"])
                documents += reply["nextBatch"]
        except BaseException:
            if reply["id"]:
                self._close(cursor, collection)
            raise
        if reply["id"]:
            self._close(cursor, collection)
        return documents, bool(reply["id"])

    def _close(self, cursor: int, collection: str) -> None:
        """Close a cursor without waiting, because the request is over and may be cancelled."""
        command = {"killCursors": collection, "cursors": [cursor]}
        closing = asyncio.create_task(_ignoring(self._database.command(command)), context=Context())
        _CLOSING.add(closing)
        closing.add_done_callback(_CLOSING.discard)

    async def _command(self, command: dict[str, Any]) -> dict[str, Any]:
        """Run a command. Unlike a collection's methods it takes no codec options from the database: without them times
        would be naive."""
        options = self._database.codec_options
        reply: dict[str, Any] = await self._database.command(command, session=self._session, codec_options=options)
        return reply

    async def _timed(self, command: dict[str, Any]) -> dict[str, Any]:
        """Run a command within the time limit, if there is one. Only MongoDB counts the time then: the driver's clock
        could run out just before, which looks like a server that does not answer."""
        if self._ends is None:
            return await self._command(command)
        with pymongo.timeout(None):
            return await self._command(command | {"maxTimeMS": milliseconds_until(self._ends)})

    async def _first(self, command: dict[str, Any]) -> dict[str, Any]:
        for _ in range(_ATTEMPTS):
            try:
                return await self._timed(command)
            except OperationFailure as error:
                if error.code not in (_TOO_OLD, _UNAVAILABLE, _INVALID):
                    raise
                if self._fixed:
                    raise errors.Gone("This page of the search is no longer kept; start the search again.") from error
                if error.code != _UNAVAILABLE:
                    raise
            await asyncio.sleep(0.05)  # an index was created a moment ago
        raise errors.Busy("The database is being changed; try again.")
