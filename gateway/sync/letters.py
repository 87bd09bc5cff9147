"""Dead letters of one partner: `source` is its origin, the key says what was being done to which resource.

Keys of failures while pulling name the partner's resource, those of failures while pushing ours.
"""

from typing import Literal

from gateway.store import Store
from gateway.store.records import Letter
from gateway.sync.partners import Partner
from gateway.sync.report import Report

Work = Literal["pull", "push"]
_MOST = 10_000


class Letters:
    def __init__(self, store: Store, partner: Partner, report: Report) -> None:
        self._store, self._source, self._report = store, partner.origin, report
        self._open: set[str] | None = None

    async def add(self, work: Work, resource: str, reason: str, detail: str, payload: bytes | None) -> None:
        """`reason`: conflict, unreadable, rejected, reference. `resource`: `Type/id`."""
        await self._store.add_letter(Letter(self._source, f"{work} {resource}", reason, detail, payload))
        self._report.dead_letters += 1

    async def settle(self, work: Work, resource: str) -> None:
        """What failed before has worked now: its letter is done with."""
        if self._open is None:
            letters = await self._store.list_letters(self._source, _MOST) if await self._any() else []
            self._open = {letter.key for letter in letters}
        if (key := f"{work} {resource}") in self._open:
            await self._store.remove_letter(self._source, key)
            self._open.discard(key)

    async def _any(self) -> bool:
        return await self._store.count_letters(self._source) > 0
