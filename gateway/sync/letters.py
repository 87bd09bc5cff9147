"""Keep the dead letters of one partner. `source` is its origin; the key says what failed for which resource.

Keys of failed pulls name the partner's resource, keys of failed pushes name ours.
"""

from typing import Literal, Self

from gateway.store import Store
from gateway.store.layout.records import Letter
from gateway.sync.partners import Partner
from gateway.sync.report import Report

Work = Literal["pull", "push"]
_MOST = 10_000


class Letters:
    """Writes letters. `open` reads the waiting ones, so that a success can settle its letter without a query."""

    def __init__(self, store: Store, partner: Partner, report: Report, waiting: set[str]) -> None:
        self._store, self._source, self._report, self._waiting = store, partner.origin, report, waiting

    @classmethod
    async def open(cls, store: Store, partner: Partner, report: Report) -> Self:
        """Read the waiting letters of a partner."""
        waiting = {letter.key for letter in await store.letters.newest(partner.origin, _MOST)}
        return cls(store, partner, report, waiting)

    async def add(self, work: Work, resource: str, reason: str, detail: str, payload: bytes | None) -> None:
        """Write a letter. `reason`: conflict, unreadable, rejected, reference. `resource`: `Type/id`."""
        key = f"{work} {resource}"
        await self._store.letters.add(Letter(self._source, key, reason, detail, payload))
        self._waiting.add(key)
        self._report.dead_letters += 1

    async def settle(self, work: Work, resource: str) -> None:
        """Remove the letter of work that has now succeeded."""
        if (key := f"{work} {resource}") in self._waiting:
            await self._store.letters.remove(self._source, key)
            self._waiting.discard(key)
