"""Keep the event loop free: do long work in pieces, or in a thread.

All requests of this process share one event loop, so a request that computes on it for a second keeps all others
waiting for a second. Three functions avoid that, from the cheapest to the dearest:

- `breathe` between pieces of a few milliseconds each.
- `run` for work on one input: inline when the input is small, as nearly all are, else in a thread.
- `in_thread` for work that is long even on a small input, such as an expression that a client wrote.

Why threads and not processes, and why two: docs/explanation/decisions/event-loop.md.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from gateway import budget

T = TypeVar("T")

LARGE = 32_768
"""The `weight` above which an input is large: about 20 milliseconds of work on a resource."""
SLICE = 0.01
"""Seconds of work in one round of the loop after which other events get their turn."""
SWITCH = 0.001
"""Seconds after which a computing thread lets others have the interpreter. Python's default is 0.005, and a
request would wait that long at each of the dozen steps of answering it."""
_VALUE = 16
"""The weight of one value of a tree, besides that of its text."""

_REMEMBERED = 512
"""How many small trees are remembered: those of a few transactions."""
_SMALL: dict[int, Any] = {}
"""id -> the tree with that id, which was found to be small."""

_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="heavy")
_COMMITS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
_slice: tuple[asyncio.AbstractEventLoop, float] | None = None
"""The loop of the current round, and the time at which that round has lasted long enough."""


def prepare() -> None:
    """Set the switch interval of the whole process; called once, when a server starts."""
    sys.setswitchinterval(SWITCH)


async def run(work: Callable[[], T], subject: Any) -> T:
    """Do `work` at once when its input, `subject`, is small, else in a thread; return its result."""
    if is_large(subject):
        return await in_thread(work)
    if not _has_time_left():
        await breathe()
    return work()


async def in_thread(work: Callable[[], T]) -> T:
    """Do `work` in one of a few threads, with the budget of this request; return its result.

    When nobody waits for the result any more, the budget is abandoned, so that the next `budget.check` in `work` ends
    it. Raises whatever `work` raises.
    """
    try:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, copy_context().run, work)
    except asyncio.CancelledError:
        if (current := budget.current()) is not None:
            current.abandon()
        raise


async def in_commit_thread(work: Callable[[], T]) -> T:
    """Do `work` in the thread that only commits use, so that they never wait for what requests compute."""
    return await asyncio.get_running_loop().run_in_executor(_COMMITS, work)


async def breathe() -> None:
    """Let others have their turn if this round of the loop has lasted long enough.

    Call it before each piece of work. The time of all tasks counts together: a batch may have two hundred entries ready
    at once, and all of them are pieces of one round.
    """
    while not _has_time_left():
        await asyncio.sleep(0)


def _has_time_left() -> bool:
    """Return whether this round of the loop may go on; begin to measure it if nobody has."""
    global _slice
    loop, now = asyncio.get_running_loop(), time.monotonic()
    if _slice is None or _slice[0] is not loop:
        _slice = loop, now + SLICE
        loop.call_soon(_next_round)
    return now < _slice[1]


def _next_round() -> None:
    global _slice
    _slice = None


def is_large(subject: Any) -> bool:
    """Tell whether work on `subject` (bytes, text or a tree of JSON) takes too long to be done on the loop."""
    if isinstance(subject, bytes | str):
        return len(subject) > LARGE
    if _SMALL.get(id(subject)) is subject:
        return False
    if weight(subject, LARGE) > LARGE:
        return True
    note_small(subject)
    return False


def note_small(subject: Any) -> None:
    """Remember that `subject` is small, for instance because it was made of something small.

    A write passes `run` three times, to be validated, rewritten and indexed, and weighing it each time costs a
    twentieth of the rate at which resources are stored. The tree itself is kept, not only its id, which Python gives to
    another object once the tree is gone. Trees are not changed once they are parsed, so a small one stays small.
    """
    if len(_SMALL) >= _REMEMBERED:
        _SMALL.clear()
    _SMALL[id(subject)] = subject


def weight(tree: Any, most: int) -> int:
    """Return the length of all texts and bytes of a tree plus 16 for each value; stop counting above `most`."""
    if tree.__class__ is not dict and tree.__class__ is not list:
        return _VALUE + (len(tree) if isinstance(tree, str | bytes) else 0)
    total, containers = _VALUE, [tree]
    for container in containers:  # which grows: every write weighs its resource, so nothing else is put into a list
        total += _VALUE * len(container)
        if total > most:
            break
        for value in container.values() if container.__class__ is dict else container:
            kind = value.__class__
            if kind is str or kind is bytes:
                total += len(value)
            elif kind is dict or kind is list:
                containers.append(value)
    return total
