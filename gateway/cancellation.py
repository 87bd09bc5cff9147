"""Cancel tasks reliably, and never wait for a task forever.

One `Task.cancel()` is not always enough: until Python 3.12 `asyncio.wait_for`, which PyMongo waits with, loses a
cancellation that arrives together with the result (https://github.com/python/cpython/issues/86296). A loop in
such a task keeps running, and code that awaits the task waits forever.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_AGAIN_SECONDS = 0.25


async def cancel(*tasks: "asyncio.Task[Any]", seconds: float = 5.0) -> "set[asyncio.Task[Any]]":
    """Cancel tasks again and again until all have ended; return those that have not after `seconds`."""
    deadline, left = time.monotonic() + seconds, {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
        if time.monotonic() > deadline:
            break
    return left


async def within(seconds: float, work: Coroutine[Any, Any, Any]) -> bool:
    """Await `work` for at most `seconds`, then cancel it; return whether it finished. Raises what `work` raises."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        left = await cancel(task, seconds=1.0)
    if left or task.cancelled():
        return False
    task.result()
    return True


async def wait_for(work: Coroutine[Any, Any, T], seconds: float | None) -> T:
    """Await `work` for at most `seconds`, as `asyncio.wait_for` of Python 3.12 does: in the calling task.

    Raises TimeoutError, and what `work` raises. Python 3.11 runs `work` in a task of its own and does not wait for its
    end when the caller is cancelled twice, so a lock that `work` should take back stays with somebody else
    (https://github.com/python/cpython/issues/86766).
    """
    async with asyncio.timeout(seconds):
        return await work
