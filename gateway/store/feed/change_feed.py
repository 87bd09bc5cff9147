"""The change feed as callers above the store see it: read it, wait for it, follow it.

`store.feed` is an instance. What happens below, in the store, uses `gateway.store.feed.feed.Feed` directly, because it
handles the driver's errors itself.
"""

import asyncio
from datetime import datetime

from gateway.store.feed.feed import Feed
from gateway.store.feed.followers import Follower, Handle, cursors
from gateway.store.layout.records import Change
from gateway.store.layout.refusal import raises_busy
from gateway.store.layout.schema import Database


class ChangeFeed:
    """Every change of a resource, in order and without gaps."""

    def __init__(self, database: Database, feed: Feed) -> None:
        self._database, self._feed = database, feed

    @raises_busy
    async def after(self, seq: int, limit: int) -> list[Change]:
        """Return at most `limit` changes that follow position `seq`, oldest first."""
        return await self._feed.after(seq, limit)

    @raises_busy
    async def head(self) -> int:
        """Return the position of the latest change, 0 if there is none."""
        return await self._feed.head()

    @raises_busy
    async def newest(self) -> datetime | None:
        """Return the `meta.lastUpdated` of the latest version, None if nothing was ever stored."""
        return await self._feed.newest()

    async def wait(self, seq: int, timeout: float) -> bool:
        """Wait until the feed reaches beyond `seq`, at most `timeout` seconds. Return whether it did."""
        return await self._feed.wait(seq, timeout)

    async def follow(self, name: str, handle: Handle, *, batch: int = 500, stop: asyncio.Event) -> None:
        """Hand every change to `handle`, in order and at least once, until `stop` is set.

        name: under which the cursor is stored. Of all processes that follow under one name, one at a time does.
        batch: how many changes `handle` gets at once, at most.
        """
        await Follower(self._database, self._feed, name, handle, batch).run(stop)

    @raises_busy
    async def position(self, follower: str) -> int:
        """Return the position that a follower has reached, 0 if it never ran."""
        return (await cursors(self._database)).get(follower, 0)

    @raises_busy
    async def cursors(self) -> dict[str, int]:
        """Return the position that each follower has reached, by name."""
        return await cursors(self._database)
