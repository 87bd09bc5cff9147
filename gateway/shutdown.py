"""End the process on SIGTERM or SIGINT: orderly if possible, and within 30 seconds in any case.

1. The first signal stops new requests and followers. Each step after that has a time limit. Work that is not
   finished by then is given up, and one line in the log names it.
2. A second signal ends the process at once.
3. A thread ends the process after DEADLINE, whatever holds the event loop.
4. If code outside Python holds the interpreter too, a timer that works without it ends the process after LAST_RESORT.

A write is durable before its answer leaves, so even an abrupt end loses nothing that was acknowledged.
"""

import asyncio
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import structlog

from gateway.cancellation import cancel, within
from gateway.fhir import fhir_json

log = structlog.get_logger()

GAVE_UP = 70
"""The exit code of a process that did not end by itself."""

REQUEST_SECONDS = 8.0
"""How long requests under way may take to finish."""
FOLLOWER_SECONDS = 5.0
"""How long followers have, from the signal, to finish what they are doing."""
STORE_SECONDS = 3.0
"""How long writes that wait for their commit have."""
DEADLINE, LAST_RESORT = 26.0, 29.0
_LOG_SECONDS = 1.0
_STDERR = 2
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Shutdown:
    """The progress of one shutdown.

    requested: set by the first signal.
    doing: the step that the shutdown has reached.
    requests, followers: the running tasks, put here by the code that starts them.
    """

    def __init__(self) -> None:
        self.requests: Collection[asyncio.Task[None]] = ()
        self.followers: Mapping[str, asyncio.Task[None]] = {}
        self.requested = asyncio.Event()
        self.doing = "requests"
        self.requests_cancelled = 0
        self.followers_interrupted: list[str] = []
        self.not_closed: list[str] = []
        self._began: float | None = None
        self._alarm = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begin: Callable[[], None] = self.requested.set

    @contextmanager
    def on_signals(self, begin: Callable[[], None]) -> Iterator[None]:
        """Handle the signals inside this block; `begin` is called in the event loop after the first.

        The handlers are Python's, not those of the loop: they run even while something holds the loop.
        """
        self._loop, self._begin = asyncio.get_running_loop(), begin
        threading.Thread(target=self._watch, name="shutdown watchdog", daemon=True).start()
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            self._alarm.set()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self._began is not None:
            self._leave(128 + number, "ended at once by a second signal")
        self._began = time.monotonic()
        faulthandler.dump_traceback_later(LAST_RESORT, exit=True, file=_STDERR)
        self._alarm.set()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._started, signal.Signals(number).name)

    def _started(self, name: str) -> None:
        log.info("stopping", signal=name)
        self.requested.set()
        self._begin()

    def _watch(self) -> None:
        """End the process DEADLINE after the first signal. The thread starts early: later might be impossible."""
        self._alarm.wait()
        if self._began is None:
            return
        time.sleep(DEADLINE)
        self._leave(GAVE_UP, "shutdown gave up: the process did not end in time")

    def _leave(self, code: int, event: str) -> None:
        """Log what was not finished and end the process. Write the line by hand: the logger itself may hang."""
        running = {
            "requests_under_way": len(self.requests),
            "followers_running": [name for name, task in self.followers.items() if not task.done()],
        }
        now = datetime.now(UTC).isoformat()
        facts = {"event": event, "level": "error", "timestamp": now, "exit_code": code, **running, **self.summary()}
        line = fhir_json.dump(facts) + b"\n"
        try:
            writer = threading.Thread(target=os.write, args=(_STDERR, line), daemon=True)
            writer.start()
            writer.join(_LOG_SECONDS)  # it hangs if nobody reads the pipe
        finally:
            os._exit(code)

    def summary(self) -> dict[str, Any]:
        """Return what the shutdown has given up so far."""
        return {
            "seconds": round(time.monotonic() - self._began, 1) if self._began is not None else 0.0,
            "step": self.doing,
            "requests_cancelled": self.requests_cancelled,
            "followers_interrupted": self.followers_interrupted,
            "not_closed": self.not_closed,
        }

    async def end_followers(self) -> None:
        """Wait for the followers as long as they may take, then cancel them."""
        running = self.followers
        self.doing = "followers"
        self.requested.set()
        if not running:
            return
        passed = time.monotonic() - self._began if self._began is not None else 0.0
        _, late = await asyncio.wait(running.values(), timeout=max(0.1, FOLLOWER_SECONDS - passed))
        self.followers_interrupted = [name for name, task in running.items() if task in late]
        left = await cancel(*late, seconds=2.0)
        self.not_closed += [f"follower {name}" for name, task in running.items() if task in left]

    async def close(self, store: Coroutine[Any, Any, None]) -> None:
        """Close the store; give up after STORE_SECONDS, when the database does not answer."""
        self.doing = "database"
        try:
            closed = await within(STORE_SECONDS, store)
        except Exception as error:  # the rest of the shutdown must not depend on the database
            log.warning("database not closed", error=type(error).__name__)
            closed = False
        if not closed:
            self.not_closed.append("database connection")
        self.doing = "embedded MongoDB"

    async def end_rest(self) -> None:
        """Cancel whatever else still runs in the loop, and log how the shutdown went."""
        if self._began is None:
            return
        self.doing = "other tasks"
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        self.not_closed += sorted(f"task {task.get_name()}" for task in await cancel(*rest, seconds=2.0))
        self.doing = "process"
        given_up = self.requests_cancelled or self.followers_interrupted or self.not_closed
        (log.warning if given_up else log.info)("stopped", **self.summary())
