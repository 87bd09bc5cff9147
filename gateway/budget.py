"""Limit what one request may use: time, bytes, documents and values.

The HTTP boundary opens one `Budget` per request. Code that does work in proportion to the request or to the data calls
`check()` in its loops and `spend(...)` when it reads or builds something; both raise `TooCostly` and name the limit.
Work outside a request (followers, commands, tests of pure modules) has no budget, and both calls do nothing there.

The budget travels in a context variable and not as an argument: it has to reach the innermost loops of FHIRPath,
validation and the database calls, none of which depends on it for its result. `asyncio.to_thread` and tasks inherit it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from gateway.errors import TooCostly


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may use.

    seconds: from the first byte of the request to the last byte of the answer.
    bytes: of everything built for the answer, the entries of a Bundle included.
    documents: read from the database, matches and included resources alike.
    values: alternatives in search parameters, steps of patches, and the like.
    """

    seconds: float = 60.0
    bytes: int = 256 * 1024 * 1024
    documents: int = 100_000
    values: int = 20_000


class Budget:
    """What is left for one request. Threads of the request may share it: each counter only ever falls."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._ends = time.monotonic() + limits.seconds
        self._abandoned = False
        self._bytes, self._documents, self._values = limits.bytes, limits.documents, limits.values

    @property
    def seconds_left(self) -> float:
        """Never negative; 0.0 once the request was abandoned."""
        return 0.0 if self._abandoned else max(0.0, self._ends - time.monotonic())

    def abandon(self) -> None:
        """Make every later `check` raise, because the client has left: nobody waits for the result."""
        self._abandoned = True

    def check(self) -> None:
        """Raises TooCostly when the time is over or the request was abandoned."""
        if self._abandoned:
            raise TooCostly("the client left before the answer was complete")
        if time.monotonic() > self._ends:
            raise TooCostly(f"the request takes longer than the {self._limits.seconds:g} seconds that it may")

    def spend(self, *, bytes: int = 0, documents: int = 0, values: int = 0) -> None:  # noqa: A002
        """Raises TooCostly when more is used than one request may."""
        self._bytes -= bytes
        self._documents -= documents
        self._values -= values
        if self._bytes < 0:
            raise TooCostly(f"the answer is larger than the {self._limits.bytes:,} bytes that one request may build")
        if self._documents < 0:
            raise TooCostly(f"the request reads more than the {self._limits.documents:,} documents that it may")
        if self._values < 0:
            raise TooCostly(f"the request holds more than the {self._limits.values:,} values that it may")


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
    """Raises TooCostly when the current request has no time left."""
    if (budget := _CURRENT.get()) is not None:
        budget.check()


def spend(*, bytes: int = 0, documents: int = 0, values: int = 0) -> None:  # noqa: A002
    """Charge the current request. Raises TooCostly when it uses more than it may."""
    if (budget := _CURRENT.get()) is not None:
        budget.spend(bytes=bytes, documents=documents, values=values)
