"""Limit what one request may use: time, bytes, documents and values.

The HTTP boundary opens one `Budget` per request. Code that does work in proportion to the request or to the data calls
`check()` in its loops and `spend(...)` when it reads or builds something; both raise `TooCostly` and name the limit.
Work outside a request (followers, commands, tests of pure modules) has no budget, and both calls do nothing there.

The budget travels in a context variable and not as an argument: it has to reach the innermost loops of FHIRPath,
validation and the database calls, none of which depends on it for its result. `asyncio.to_thread` and tasks inherit it.
Tasks that several requests share are started in an empty context, so that they belong to none of them.

Why these numbers, and what clients see: docs/explanation/decisions/budgets.md.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock

from gateway.errors import TooCostly
from gateway.memory import Memory

SECONDS_TO_TELL = 10.0
"""Seconds that a request has at least after its commit, so that its client learns what was written."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one request.

    seconds: from the last byte of the request to the last byte of the answer.
    bytes: of everything read from the database, and again of each entry of a batch response.
    documents: read from the database, matches and included resources alike.
    values: alternatives in search parameters, steps of patches, and the like.
    """

    seconds: float = 60.0
    bytes: int = 128 * 1024 * 1024
    documents: int = 250_000
    values: int = 20_000


class Budget:
    """The remaining budget of one request. Threads of the request may share it."""

    def __init__(self, limits: Limits, memory: Memory | None = None) -> None:
        """memory: the pool that all bytes are taken from as well; None for no pool."""
        self._limits, self._memory = limits, memory
        self._ends = time.monotonic() + limits.seconds
        self._abandoned = self.wrote = False
        self._bytes, self._documents, self._values = limits.bytes, limits.documents, limits.values
        self._held = 0
        self._lock = Lock()
        self._waits: set[asyncio.Timeout] = set()

    @property
    def seconds_left(self) -> float:
        """Return the seconds left, never negative; 0.0 once the request was abandoned."""
        return 0.0 if self._abandoned else max(0.0, self._ends - time.monotonic())

    @property
    def values_left(self) -> int:
        """The values that the request may still use."""
        return self._values

    @property
    def abandoned(self) -> bool:
        """Whether the client has left."""
        return self._abandoned

    def restart_clock(self) -> None:
        """Count the seconds from now on, because the request has only now arrived completely."""
        self._ends = time.monotonic() + self._limits.seconds

    def extend(self) -> None:
        """Leave at least SECONDS_TO_TELL, because something was written and the client must learn of that."""
        self.wrote = True
        self._ends = max(self._ends, time.monotonic() + SECONDS_TO_TELL)

    def abandon(self) -> None:
        """Make every later `check` raise and end all waiting, because nobody waits for the result any more."""
        self._abandoned = True
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(asyncio.get_running_loop().time())

    def too_late(self) -> TooCostly:
        """Return the error for a request that has no time left or was abandoned."""
        if self._abandoned:
            return TooCostly("the client left before the answer was complete")
        return TooCostly(f"the request takes longer than the {self._limits.seconds:g} seconds allowed: ask for less")

    def _too_many_documents(self) -> TooCostly:
        return TooCostly(f"the request reads more than the {self._limits.documents:,} documents allowed: ask for less")

    def check(self) -> None:
        """Raise TooCostly when the time is over or the request was abandoned."""
        if self._abandoned or time.monotonic() > self._ends:
            raise self.too_late()

    @asynccontextmanager
    async def limited(self, *, reads: bool = True) -> AsyncIterator[None]:
        """Stop waiting for the database inside the `async with` block when the time is over or the request is
        abandoned. Raises TooCostly then; with `reads` also at once if no more documents may be read."""
        self.check()
        if reads and self._documents <= 0:
            raise self._too_many_documents()
        try:
            async with asyncio.timeout(self.seconds_left) as wait:
                self._waits.add(wait)
                try:
                    yield
                finally:
                    self._waits.discard(wait)
        except TimeoutError as error:
            if wait.expired():
                raise self.too_late() from error
            raise

    def spend(self, *, bytes: int = 0, documents: int = 0, values: int = 0) -> None:  # noqa: A002
        """Charge the request. Raises TooCostly when it uses more than one may, Busy when all together hold too much.

        Refused bytes and values are not counted: something smaller may still fit. Refused documents were already read,
        so no more documents may be read after them.
        """
        with self._lock:
            if bytes > self._bytes:
                raise TooCostly(f"the request needs more than the {self._limits.bytes:,} bytes allowed: ask for less")
            if documents > self._documents:
                self._documents = 0
                raise self._too_many_documents()
            if values > self._values:
                raise TooCostly(f"the request holds more than the {self._limits.values:,} values allowed: ask for less")
            if bytes and self._memory is not None:
                self._memory.take(bytes)
                self._held += bytes
            self._bytes -= bytes
            self._documents -= documents
            self._values -= values
        if (spent := _SPENT.get()) is not None:
            spent.add(bytes, documents, values)

    def hold(self, count: int) -> None:
        """Take bytes from the common memory only, as for a body, which has a separate limit. Raises Busy."""
        with self._lock:
            if self._memory is not None:
                self._memory.take(count)
                self._held += count

    def refund(self, *, bytes: int = 0, documents: int = 0, values: int = 0) -> None:  # noqa: A002
        """Give back what was spent on a result that is dropped after use, as each part of a long stream is."""
        with self._lock:
            self._bytes += bytes
            self._documents += documents
            self._values += values
            if self._memory is not None:
                self._memory.give_back(bytes)
                self._held -= bytes

    def close(self) -> None:
        """Give all memory back at the end of the request. What a thread spends after that is not counted."""
        with self._lock:
            if self._memory is not None:
                self._memory.give_back(self._held)
            self._memory, self._held = None, 0


class Spent:
    """The sum spent inside one `refunding` block, in the tasks and threads that it started too."""

    __slots__ = ("bytes", "documents", "values")

    def __init__(self) -> None:
        self.bytes = self.documents = self.values = 0

    def add(self, bytes_: int, documents: int, values: int) -> None:
        """Add what was spent."""
        self.bytes += bytes_
        self.documents += documents
        self.values += values

    def refund_bytes(self) -> None:
        """Give the bytes back, because the data read is dropped and only the result made from it is kept."""
        if (budget := _CURRENT.get()) is not None:
            budget.refund(bytes=self.bytes)
        self.bytes = 0


_SPENT: ContextVar[Spent | None] = ContextVar("spent", default=None)
_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget | None:
    """Return the budget of the request that this code works for, None outside a request."""
    return _CURRENT.get()


@contextmanager
def use(budget: Budget) -> Iterator[Budget]:
    """Make `budget` the current one inside the `with` block, and in the tasks and threads that start there."""
    token = _CURRENT.set(budget)
    try:
        yield budget
    finally:
        _CURRENT.reset(token)


def check() -> None:
    """Raise TooCostly when the current request has no time left."""
    if (budget := _CURRENT.get()) is not None:
        budget.check()


def spend(*, bytes: int = 0, documents: int = 0, values: int = 0) -> None:  # noqa: A002
    """Charge the current request. Raises TooCostly when it uses more than it may."""
    if (budget := _CURRENT.get()) is not None:
        budget.spend(bytes=bytes, documents=documents, values=values)


@contextmanager
def refunding(*, always: bool = False) -> Iterator[Spent]:
    """Refund the bytes that the current request spends inside the `with` block if that raises, because its
    result is dropped. `always`: refund everything in any case, as for a rehearsal."""
    outer, spent = _SPENT.get(), Spent()
    token = _SPENT.set(spent)
    try:
        yield spent
    except BaseException:
        spent.refund_bytes()
        raise
    finally:
        _SPENT.reset(token)
        if always and (budget := _CURRENT.get()) is not None:
            budget.refund(bytes=spent.bytes, documents=spent.documents, values=spent.values)
        elif outer is not None:
            outer.add(spent.bytes, spent.documents, spent.values)
