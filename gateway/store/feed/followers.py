"""Follow the feed: hand every change to a function, and move a durable cursor after it has succeeded.

Delivery is at least once and in order; nothing is skipped. Of all processes that follow under one name, only the holder
of the lease does the work. All times of leases are taken from the clock of the database.
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
"""Does the work for some changes. The follower calls it again with the same changes, after a pause, if it raises."""

LEASE_SECONDS = 12.0
"""The time after which a lease that is not renewed is free."""
GRACE_SECONDS = 3.0
"""How long a handler may go on after `stop` is set."""
FIRST_PAUSE, LAST_PAUSE = 0.5, 60.0
"""Seconds before a batch is handed over again after the handler failed: at first, and at most."""


class LeaseLost(Exception):
    """Raised when another process has acquired the lease."""


class Lease:
    """The right to do the work called `name`, which one process has at a time.

    If the work is following the feed, the cursor is stored with the lease.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._followers, self.name, self.owner = database[FOLLOWERS], name, secrets.token_hex(8)

    async def acquire(self) -> int | None:
        """Acquire or renew the lease. Return the cursor, 0 at first; None if another process holds the lease."""
        start = {"owner": "", "until": datetime(1970, 1, 1, tzinfo=UTC)}
        await self._followers.update_one({"_id": self.name}, {"$setOnInsert": start}, upsert=True)
        free = {"$expr": {"$or": [{"$eq": ["$owner", self.owner]}, {"$lt": ["$until", "$$NOW"]}]}}
        lease = await self._followers.find_one_and_update(
            {"_id": self.name, **free}, [{"$set": self._term()}], return_document=ReturnDocument.AFTER
        )
        return int(lease.get("seq", 0)) if lease else None

    def _term(self) -> Document:
        """Return the fields of a lease that this process holds from now on for LEASE_SECONDS."""
        until = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": int(LEASE_SECONDS * 1000)}}
        return {"owner": self.owner, "until": until}

    async def renew(self) -> None:
        """Hold the lease for another LEASE_SECONDS. Raises LeaseLost."""
        await self._update([{"$set": self._term()}])

    async def advance(self, seq: int) -> None:
        """Move the cursor to `seq`. Raises LeaseLost."""
        await self._update({"$set": {"seq": seq}})

    async def release(self) -> None:
        """Give up the lease, if this process holds it."""
        await self._followers.update_one(
            {"_id": self.name, "owner": self.owner}, {"$set": {"until": datetime(1970, 1, 1, tzinfo=UTC)}}
        )

    async def keep(self) -> None:
        """Renew the lease again and again.

        Return when the lease may have run out, because the database has not answered for too long. Raises LeaseLost.
        """
        renewed = time.monotonic()
        while time.monotonic() - renewed < LEASE_SECONDS:
            await asyncio.sleep(LEASE_SECONDS / 4)
            with contextlib.suppress(PyMongoError):
                await self.renew()
                renewed = time.monotonic()

    async def _update(self, update: Document | list[Document]) -> None:
        if not (await self._followers.update_one({"_id": self.name, "owner": self.owner}, update)).matched_count:
            raise LeaseLost(self.name)


class Follower:
    """One process that follows the feed under a name, or waits to take over."""

    def __init__(self, database: Database, feed: Feed, name: str, handle: Handle, batch: int) -> None:
        self._lease, self._feed = Lease(database, name), feed
        self._handle, self._batch = handle, batch
        self._busy = False

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop` is set, and return within GRACE_SECONDS. Raises only CancelledError."""
        while not stop.is_set():
            try:
                seq = await self._lease.acquire()
                if seq is not None:
                    await self._lease.advance(
                        seq
                    )  # stores 0 for a new follower, so that metrics show it even if it never succeeds
                    await self._lead(seq, stop)
            except (PyMongoError, LeaseLost) as error:
                log.warning("follower interrupted", follower=self._lease.name, error=type(error).__name__)
            except Exception as error:  # a fault of the gateway or of a library must not end the follower
                log.error(
                    "follower interrupted", follower=self._lease.name, error=type(error).__name__, at=frames(error)
                )
            await _pause(stop, LEASE_SECONDS / 6)

    async def _lead(self, seq: int, stop: asyncio.Event) -> None:
        """Do the work from `seq` on while this process holds the lease. Raises LeaseLost and errors of the database."""
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
                await within(GRACE_SECONDS, self._lease.release())  # otherwise it runs out by itself
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
        """Hand `changes` over until the handler succeeds, with ever longer pauses.

        A handler that must not be blocked by one bad change has to set that change aside itself.
        """
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
    """Return the position that each follower has reached, by name. Leases without a cursor are not followers."""
    followers = database[FOLLOWERS].find({"seq": {"$exists": True}}, {"seq": 1})
    return {follower["_id"]: follower["seq"] async for follower in followers}
