"""Queue writes that would conflict, within this process: creates on one condition, and patches of one resource.

If they ran side by side, all but one would find that the resource has changed, and start again. The queue only saves
that work; correctness is decided in the store's transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress

Leave = Callable[[Iterable[str]], None]

PATIENCE = 5.0
"""Seconds to wait for those before: one that hangs, on a database that is away, must not hold up the others."""


class Turns:
    """Names, and who is the last in the queue for each. One queues for all of one's names at once, so that no two ever
    wait for each other."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def taken(self, names: Iterable[str]) -> AsyncIterator[Leave]:
        """Waits for the turn with all `names`; the function it gives leaves some of them before the end."""
        mine = {name: asyncio.Event() for name in names}
        before = [self._last[name] for name in mine if name in self._last]
        self._last |= mine
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    for one in before:
                        await one.wait()
            yield lambda left: self._leave(mine, left)
        finally:
            self._leave(mine, list(mine))

    def _leave(self, mine: dict[str, asyncio.Event], names: Iterable[str]) -> None:
        for name in names:
            if (event := mine.pop(name, None)) is None:
                continue
            event.set()
            if self._last.get(name) is event:
                del self._last[name]
