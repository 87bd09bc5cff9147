"""Group commit: units that arrive while a transaction is under way share the next one, each keeping its own outcome.

A durable transaction costs a disk flush whether it holds one resource or five hundred. Per process one transaction is
in flight; the next group is whatever waits when it ends, so a lone request is never delayed.
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

GROUP_WRITES, GROUP_BYTES = 500, 8 * 1024 * 1024
UNIT_WRITES, UNIT_BYTES = 20_000, 128 * 1024 * 1024  # what commits safely within MongoDB's 60 seconds
WAITING_WRITES, WAITING_BYTES = 40_000, 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    unit: Unit
    keys: frozenset[str]
    size: int
    future: "asyncio.Future[Sequence[Result]]"


class GroupCommit:
    """The queue before `run`, which commits one group and returns an outcome per unit."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: list[Waiting] = []
        self._writes = self._bytes = 0
        self._wake = asyncio.Event()
        self._closing = False
        self._worker = asyncio.create_task(self._work(), context=Context())  # it works for all requests

    async def submit(self, unit: Unit) -> Sequence[Result]:
        """Wait for the transaction of `unit` and return its results.

        A unit that is already under way is waited for even when the caller's budget ends, so that its outcome is known.
        If the caller is cancelled, it still commits. Raises the error that refused the unit, Busy when too much is
        waiting, TooLarge for a unit that no transaction can hold, and TooCostly when the budget ends while the unit is
        still waiting, which is then not written.
        """
        waiting = Waiting(unit, frozenset(unit.keys), unit.size, asyncio.get_running_loop().create_future())
        self._admit(waiting)
        self._waiting.append(waiting)
        self._count(1, [waiting])
        self._wake.set()
        return await self._outcome(waiting)

    async def _outcome(self, waiting: Waiting) -> Sequence[Result]:
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

    def _admit(self, new: Waiting) -> None:
        if self._closing or self._worker.done():
            raise errors.Busy("The gateway is shutting down.")
        if len(new.unit.prepared) > UNIT_WRITES or new.size > UNIT_BYTES:
            raise errors.TooLarge(
                f"At most {UNIT_WRITES} resources and {UNIT_BYTES >> 20} MB can be written atomically; "
                "send several transactions, or a batch"
            )
        if self._writes > WAITING_WRITES or self._bytes > WAITING_BYTES:
            raise errors.Busy("Too many writes are waiting; try again.")

    def _count(self, sign: int, units: Sequence[Waiting]) -> None:
        self._writes += sign * sum(len(one.unit.prepared) for one in units)
        self._bytes += sign * sum(one.size for one in units)

    async def close(self) -> None:
        """Commits what waits, then ends."""
        self._closing = True
        self._wake.set()
        await self._worker

    async def _work(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            group, gone, self._waiting = take(self._waiting)
            self._count(-1, [*group, *gone])
            if group:
                await self._settle(group)

    async def _settle(self, group: Sequence[Waiting]) -> None:
        try:
            outcomes = await self._run([one.unit for one in group])
        except BaseException as error:
            for one in group:
                if not one.future.done():
                    one.future.set_exception(errors.Busy("The write was interrupted; its outcome is unknown."))
            if not isinstance(error, Exception):
                raise
            return
        for one, outcome in zip(group, outcomes, strict=True):
            if one.future.done():  # the caller went away
                continue
            if isinstance(outcome, Exception):
                one.future.set_exception(outcome)
            else:
                one.future.set_result(outcome)


def take(waiting: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting], list[Waiting]]:
    """The next group, those whose caller has gone, and what stays. No two units of a group touch the same key, and a
    unit never overtakes another that touches one of its keys. The first unit always goes, however large."""
    group: list[Waiting] = []
    gone: list[Waiting] = []
    left: list[Waiting] = []
    taken: set[str] = set()
    writes = size = 0
    for position, one in enumerate(waiting):
        if one.future.cancelled():
            gone.append(one)
            continue
        if writes >= GROUP_WRITES or size >= GROUP_BYTES:
            return group, gone, [*left, *waiting[position:]]
        fits = writes + len(one.unit.prepared) <= GROUP_WRITES and size + one.size <= GROUP_BYTES
        if taken.isdisjoint(one.keys) and (fits or not group):
            group.append(one)
            writes, size = writes + len(one.unit.prepared), size + one.size
        else:
            left.append(one)
        taken |= one.keys
    return group, gone, left
