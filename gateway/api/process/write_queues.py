"""Queues for writes that would get in each other's way, within this process.

Transactions that may create under the same condition, and patches and edits of the same resource, go one after another.
Side by side, all but one would find that the resource exists or has changed, and begin again.
The queues only save work; what is right is decided inside the store's transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from contextlib import asynccontextmanager, suppress

Key = Hashable
"""What writes compete for: a condition, or the name of a resource."""

Release = Callable[[Iterable[Key]], None]
"""Lets the next write have some keys before the block that holds them ends; keys that it does not hold are ignored."""

LONGEST_WAIT = 5.0
"""Seconds to wait for those before: one that hangs, because the database is away, must not hold up the others."""


class WriteQueues:
    """The last write in the queue for each key. A write queues for all its keys at once, so that no two writes ever
    wait for each other."""

    def __init__(self) -> None:
        self._last: dict[Key, asyncio.Event] = {}

    @asynccontextmanager
    async def hold(self, keys: Iterable[Key]) -> AsyncIterator[Release]:
        """Wait until this write is the first in the queue of each key; hold them until the block ends."""
        held = {key: asyncio.Event() for key in keys}
        earlier = [self._last[key] for key in held if key in self._last]
        self._last |= held
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT):
                    for event in earlier:
                        await event.wait()
            yield lambda keys: self._release(held, keys)
        finally:
            self._release(held, list(held))

    def _release(self, held: dict[Key, asyncio.Event], keys: Iterable[Key]) -> None:
        for key in keys:
            if (event := held.pop(key, None)) is None:
                continue
            event.set()
            if self._last.get(key) is event:
                del self._last[key]
