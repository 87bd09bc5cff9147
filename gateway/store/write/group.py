"""Commit in groups: units that arrive while a transaction is under way share the next one, each with its own outcome.

A durable transaction costs a disk flush whether it holds one resource or five hundred. Per process one transaction is
in flight; the next group is all that waits when it ends, so a lone request is never delayed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass

from gateway import budget, errors
from gateway.store.layout.records import Result
from gateway.store.write.transaction import Outcome
from gateway.store.write.unit import Unit

Run = Callable[[Sequence[Unit]], Awaitable[Sequence[Outcome]]]
"""Commits one group and returns an outcome per unit. GroupCommit calls it for one group at a time."""

GROUP_WRITES, GROUP_BYTES = 500, 8 * 1024 * 1024
"""A group takes no further unit beyond this."""
UNIT_WRITES, UNIT_BYTES = 20_000, 128 * 1024 * 1024
"""The most that one unit may have: it commits safely within the 60 seconds that MongoDB gives a transaction."""
WAITING_WRITES, WAITING_BYTES = 40_000, 256 * 1024 * 1024
"""New units are refused while more than this waits."""


@dataclass(frozen=True, slots=True, eq=False)
class WaitingUnit:
    """A unit in the queue, and the future of its results."""

    unit: Unit
    keys: frozenset[str]
    size: int
    future: "asyncio.Future[Sequence[Result]]"


class GroupCommit:
    """The queue of units that wait for a transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: list[WaitingUnit] = []
        self._writes = self._bytes = 0
        self._wake = asyncio.Event()
        self._closing = False
        # In an empty context, because it works for all requests: the budget of none of them may end it.
        self._worker = asyncio.create_task(self._work(), context=Context())

    async def submit(self, unit: Unit) -> Sequence[Result]:
        """Wait for the transaction of `unit` and return its results.

        Once the transaction is under way, its end is awaited even when the caller's budget ends, so that the outcome is
        known. If the caller is cancelled, the unit still commits. Raises the error that refused the unit, Busy when too
        much is waiting, TooLarge for a unit that no transaction can hold, and TooCostly when the budget ends while the
        unit is still waiting, which is then not written.
        """
        waiting = WaitingUnit(unit, frozenset(unit.keys), unit.size, asyncio.get_running_loop().create_future())
        self._admit(waiting)
        self._waiting.append(waiting)
        self._count(1, [waiting])
        self._wake.set()
        return await self._outcome(waiting)

    async def _outcome(self, waiting: WaitingUnit) -> Sequence[Result]:
        allowance = budget.current()
        try:
            if allowance is None:
                return await waiting.future
            async with allowance.limited(reads=False):
                return await asyncio.shield(waiting.future)
        except errors.TooCostly:
            if waiting not in self._waiting:
                return await waiting.future
            waiting.future.cancel()
            raise
        except asyncio.CancelledError:
            waiting.future.cancel()
            raise

    def _admit(self, new: WaitingUnit) -> None:
        if self._closing or self._worker.done():
            raise errors.Busy("The gateway is shutting down.")
        if len(new.unit.prepared) > UNIT_WRITES or new.size > UNIT_BYTES:
            raise errors.TooLarge(
                f"At most {UNIT_WRITES} resources and {UNIT_BYTES >> 20} MB can be written atomically; "
                "send several transactions, or a batch"
            )
        if self._writes > WAITING_WRITES or self._bytes > WAITING_BYTES:
            raise errors.Busy("Too many writes are waiting; try again.")

    def _count(self, sign: int, units: Sequence[WaitingUnit]) -> None:
        self._writes += sign * sum(len(waiting.unit.prepared) for waiting in units)
        self._bytes += sign * sum(waiting.size for waiting in units)

    async def close(self) -> None:
        """Commit all waiting units, then end."""
        self._closing = True
        self._wake.set()
        await self._worker

    async def _work(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            group, cancelled, self._waiting = next_group(self._waiting)
            self._count(-1, [*group, *cancelled])
            if group:
                await self._commit(group)

    async def _commit(self, group: Sequence[WaitingUnit]) -> None:
        try:
            outcomes = await self._run([waiting.unit for waiting in group])
        except BaseException as error:
            for waiting in group:
                if not waiting.future.done():
                    waiting.future.set_exception(errors.Busy("The write was interrupted; its outcome is unknown."))
            if not isinstance(error, Exception):
                raise
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            if waiting.future.done():  # the caller was cancelled
                continue
            if isinstance(outcome, Exception):
                waiting.future.set_exception(outcome)
            else:
                waiting.future.set_result(outcome)


def next_group(waiting: Sequence[WaitingUnit]) -> tuple[list[WaitingUnit], list[WaitingUnit], list[WaitingUnit]]:
    """Return the next group, the units whose callers were cancelled, and the units that keep waiting.

    No two units of a group have a key in common, and a unit never overtakes another with which it has a key in common.
    The first unit is always in the group, however large it is.
    """
    group: list[WaitingUnit] = []
    cancelled: list[WaitingUnit] = []
    remaining: list[WaitingUnit] = []
    keys: set[str] = set()
    """Those of the units in the group, and of the units that remain and must not be overtaken."""
    writes = size = 0
    for position, unit in enumerate(waiting):
        if unit.future.cancelled():
            cancelled.append(unit)
            continue
        if writes >= GROUP_WRITES or size >= GROUP_BYTES:
            return group, cancelled, [*remaining, *waiting[position:]]
        fits = writes + len(unit.unit.prepared) <= GROUP_WRITES and size + unit.size <= GROUP_BYTES
        if keys.isdisjoint(unit.keys) and (fits or not group):
            group.append(unit)
            writes, size = writes + len(unit.unit.prepared), size + unit.size
        else:
            remaining.append(unit)
        keys |= unit.keys
    return group, cancelled, remaining
