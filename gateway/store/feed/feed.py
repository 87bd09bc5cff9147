"""Read the change feed, and wait until it grows."""

import asyncio
import contextlib
from contextvars import Context
from datetime import datetime

from pymongo.errors import PyMongoError

from gateway.cancellation import cancel
from gateway.store.layout.fields import ACTION, ID, ORIGIN, TYPE, UPDATED, VERSION
from gateway.store.layout.records import Change
from gateway.store.layout.schema import COUNTERS, FEED, Database, Document
from gateway.store.read import charged

POLL_SECONDS = 0.2
"""How often the head is read while somebody waits, to notice the commits of other processes."""


def _change(entry: Document) -> Change:
    return Change(entry["_id"], entry[TYPE], entry[ID], entry[VERSION], entry[ACTION], entry[UPDATED], entry[ORIGIN])


class Feed:
    """The feed, for the modules of the store. It raises the driver's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._grown = asyncio.Event()
        self._seen = 0
        self._waiting = 0
        self._poller: asyncio.Task[None] | None = None

    async def after(self, seq: int, limit: int) -> list[Change]:
        """Return at most `limit` changes after position `seq`, oldest first.

        There are never gaps: a change becomes visible only after all changes before it.
        """
        # A batch has room for one more, so that MongoDB closes the cursor with its first answer.
        cursor = self._database[FEED].find({"_id": {"$gt": seq}}).sort("_id", 1).limit(limit).batch_size(limit + 1)
        return [_change(entry) for entry in await charged.all_of(cursor)]

    async def head(self) -> int:
        """Return the position of the latest change, 0 if there is none."""
        counter = await self._database[COUNTERS].find_one({"_id": FEED})
        return int(counter["seq"]) if counter else 0

    async def newest(self) -> datetime | None:
        """Return the time of the latest version, None if nothing was ever stored."""
        counter = await self._database[COUNTERS].find_one({"_id": FEED})
        newest: datetime | None = counter["at"] if counter and counter["seq"] else None
        return newest

    async def wait(self, seq: int, timeout: float) -> bool:
        """Wait until the feed reaches beyond `seq`, at most `timeout` seconds. Return whether it did.

        Commits of this process are noticed at once, those of others within POLL_SECONDS.
        """
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout):
                while self._seen <= seq:
                    self._poll()
                    await self._grown.wait()
            return True
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1

    def notice(self, seq: int) -> None:
        """Note that the feed has reached `seq`. Commits call it."""
        if seq > self._seen:
            self._seen = seq
            self._grown.set()
            self._grown.clear()  # set() has scheduled all that wait; later callers wait for the next change

    def _poll(self) -> None:
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._polling(), context=Context())  # an empty context: without budget

    async def _polling(self) -> None:
        """Read the head again and again while somebody waits: one task for all that wait."""
        while self._waiting:
            with contextlib.suppress(PyMongoError):  # the database is away: ask again
                self.notice(await self.head())
            await asyncio.sleep(POLL_SECONDS)

    async def close(self) -> None:
        """Stop polling."""
        if self._poller:
            await cancel(self._poller)
