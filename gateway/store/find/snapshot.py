"""Reads that all see the database as it was at one moment, also those of later requests.

MongoDB answers `readConcern: snapshot` with the time it read at, and reads at that time again for as long as it keeps
the history (`minSnapshotHistoryWindowInSeconds`, 5 minutes unless set otherwise).
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
    """`time` None: the first read fixes it. In a transaction its own snapshot counts, and `time` stays None.

    `ends`: when, by `time.monotonic`, MongoDB gives up what is read; the driver's error is then ExecutionTimeout. None
    leaves it to the budget of the request.
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
        """What was worked out of it and is asked for again, by whatever name its maker gives it."""

    @property
    def in_transaction(self) -> bool:
        """There some stages are not supported: $unionWith."""
        return self._session.in_transaction

    async def read(self, pipeline: list[Document], size: int, collection: str = RESOURCES) -> list[Document]:
        """All that the aggregation of a collection gives; `size` is how much is expected. Raises Gone when too late."""
        return (await self.read_within(pipeline, size, collection))[0]

    async def read_within(
        self, pipeline: list[Document], size: int, collection: str = RESOURCES, room: float = inf
    ) -> tuple[list[Document], bool]:
        """Do the same, but stop once there are `room` bytes; return also whether there would have been more."""
        command: dict[str, Any] = {"aggregate": collection, "pipeline": pipeline, "cursor": {"batchSize": size}}
        if not self.in_transaction:
            at = {"atClusterTime": self.time} if self.time else {}
            command |= {"readConcern": {"level": "snapshot", **at}, "allowDiskUse": True}
        reply = (await self._first(command))["cursor"]
        if not self.in_transaction:
            self.time = reply["atClusterTime"]
        return await self._rest(reply, collection, room)

    async def _rest(self, reply: Document, collection: str, room: float) -> tuple[list[Document], bool]:
        """Read on from the first reply of a cursor, 16 MB at a time. If that fails, MongoDB closes the cursor."""
        found: list[Document] = reply["firstBatch"]
        cursor = reply["id"]
        try:
            charge(found)
            while reply["id"] and (room == inf or sum(map(size_of, found)) < room):
                with pymongo.timeout(None):  # the limit of the first command still counts, and MongoDB takes no new one
                    reply = (await self._command({"getMore": cursor, "collection": collection}))["cursor"]
                charge(reply["nextBatch"])
                found += reply["nextBatch"]
        except BaseException:
            if reply["id"]:
                self._close(cursor, collection)
            raise
        if reply["id"]:
            self._close(cursor, collection)
        return found, bool(reply["id"])

    def _close(self, cursor: int, collection: str) -> None:
        """Close a cursor without waiting, because the request is over and may be cancelled."""
        command = {"killCursors": collection, "cursors": [cursor]}
        closing = asyncio.create_task(_ignoring(self._database.command(command)), context=Context())
        _CLOSING.add(closing)
        closing.add_done_callback(_CLOSING.discard)

    async def _command(self, command: dict[str, Any]) -> dict[str, Any]:
        """Unlike a collection's methods a command takes no codec options from its database: times would be naive."""
        options = self._database.codec_options
        reply: dict[str, Any] = await self._database.command(command, session=self._session, codec_options=options)
        return reply

    async def _timed(self, command: dict[str, Any]) -> dict[str, Any]:
        """Only MongoDB counts the time when there is an end to it: the driver's clock could run out just before, which
        looks like a server that does not answer."""
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
