"""Followers of the feed: a name, a function and a durable cursor that moves last.

Of all processes that follow under one name, one at a time does the work: the holder of the lease, whose times are all
taken from the database's clock. Delivery is at least once and in order; nothing is skipped.
"""

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import structlog
from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from gateway.cancellation import cancel, within
from gateway.errors import frames
from gateway.store.feed.feed import Feed
from gateway.store.layout.records import Change
from gateway.store.layout.schema import FOLLOWERS, Database, Document

log = structlog.get_logger()

Handle = Callable[[Sequence[Change]], Awaitable[None]]

LEASE_SECONDS = 12.0
GRACE_SECONDS = 3.0
"""How long a handler may go on after `stop`."""
FIRST_PAUSE, LAST_PAUSE = 0.5, 60.0
"""Seconds before a batch is handed over again after the handler failed."""


class LeaseLost(Exception):
    """Another process follows under this name now."""


class Lease:
    """The right to do what `name` stands for, and the cursor that goes with it if that is following the feed."""

    def __init__(self, database: Database, name: str) -> None:
        self._followers, self.name, self.owner = database[FOLLOWERS], name, secrets.token_hex(8)

    async def acquire(self) -> int | None:
        """The cursor (0 at first), or None while somebody else holds the lease."""
        start = {"owner": "", "until": datetime(1970, 1, 1, tzinfo=UTC)}
        await self._followers.update_one({"_id": self.name}, {"$setOnInsert": start}, upsert=True)
        free = {"$expr": {"$or": [{"$eq": ["$owner", self.owner]}, {"$lt": ["$until", "$$NOW"]}]}}
        found = await self._followers.find_one_and_update(
            {"_id": self.name, **free}, [{"$set": self._term()}], return_document=ReturnDocument.AFTER
        )
        return int(found.get("seq", 0)) if found else None

    def _term(self) -> Document:
        until = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": int(LEASE_SECONDS * 1000)}}
        return {"owner": self.owner, "until": until}

    async def renew(self) -> None:
        await self._ours([{"$set": self._term()}])

    async def advance(self, seq: int) -> None:
        await self._ours({"$set": {"seq": seq}})

    async def release(self) -> None:
        await self._followers.update_one(
            {"_id": self.name, "owner": self.owner}, {"$set": {"until": datetime(1970, 1, 1, tzinfo=UTC)}}
        )

    async def keep(self) -> None:
        """Renews the lease; ends when it is lost, or may be since the database has not answered for too long."""
        renewed = time.monotonic()
        while time.monotonic() - renewed < LEASE_SECONDS:
            await asyncio.sleep(LEASE_SECONDS / 4)
            with contextlib.suppress(PyMongoError):
                await self.renew()
                renewed = time.monotonic()

    async def _ours(self, update: Document | list[Document]) -> None:
        if not (await self._followers.update_one({"_id": self.name, "owner": self.owner}, update)).matched_count:
            raise LeaseLost(self.name)


class Follower:
    def __init__(self, database: Database, feed: Feed, name: str, handle: Handle, batch: int) -> None:
        self._lease, self._feed = Lease(database, name), feed
        self._handle, self._batch = handle, batch
        self._busy = False

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop`, and return within GRACE_SECONDS of it. Raises nothing but cancellation."""
        while not stop.is_set():
            try:
                seq = await self._lease.acquire()
                if seq is not None:
                    await self._lease.advance(seq)  # from the first day, so that one that never gets on is seen
                    await self._lead(seq, stop)
            except (PyMongoError, LeaseLost) as error:
                log.warning("follower interrupted", follower=self._lease.name, error=type(error).__name__)
            except Exception as error:  # a fault of ours or of a library: it must not end the follower for good
                log.error(
                    "follower interrupted", follower=self._lease.name, error=type(error).__name__, at=frames(error)
                )
            await _pause(stop, LEASE_SECONDS / 6)

    async def _lead(self, seq: int, stop: asyncio.Event) -> None:
        work = asyncio.create_task(self._work(seq, stop))
        keep = asyncio.create_task(self._lease.keep())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, keep, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set() and self._busy:
                await asyncio.wait({work, keep}, timeout=GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel(work, keep, stopping)
            with contextlib.suppress(PyMongoError):
                await within(GRACE_SECONDS, self._lease.release())  # else it expires by itself
        for task in (work, keep):
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error

    async def _work(self, seq: int, stop: asyncio.Event) -> None:
        while not stop.is_set():
            changes = await self._feed.after(seq, self._batch)
            if not changes:
                await self._feed.wait(seq, 5.0)
                continue
            await self._deliver(changes, stop)
            seq = changes[-1].seq

    async def _deliver(self, changes: Sequence[Change], stop: asyncio.Event) -> None:
        """Hands over until the handler succeeds, ever more patiently: what must not block is its own to set aside."""
        pause = FIRST_PAUSE
        while True:
            self._busy = True
            try:
                await self._handle(changes)
                return await self._lease.advance(changes[-1].seq)
            except (PyMongoError, LeaseLost):
                raise
            except Exception as error:
                log.warning(
                    "follower failed", follower=self._lease.name, seq=changes[0].seq, error=type(error).__name__
                )
            finally:
                self._busy = False
            await _pause(stop, pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, LAST_PAUSE)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def cursors(database: Database) -> dict[str, int]:
    """How far each follower has come in the feed. Leases without a cursor are not followers."""
    found = database[FOLLOWERS].find({"seq": {"$exists": True}}, {"seq": 1})
    return {one["_id"]: one["seq"] async for one in found}
