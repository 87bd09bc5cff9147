"""A gateway that tells for how long its event loop was held up.

A probe over HTTP measures what a client sees, but also what else the machine is doing. So the gateway counts beside it
how much processor time it spent between two rounds of its loop: whoever holds the loop, or the interpreter, computes
meanwhile, and processor time is the same on a busy machine.
"""

import asyncio
import sys
import time
from pathlib import Path

import uvloop

from gateway.app import serve
from gateway.settings import Settings

TICK = 0.002


class Watch:
    """held: the longest time between two rounds of the loop, in seconds of processor time, since it was last read."""

    def __init__(self) -> None:
        self._held = 0.0

    async def run(self) -> None:
        before = time.process_time()
        while True:
            await asyncio.sleep(TICK)
            now = time.process_time()
            self._held, before = max(self._held, now - before), now

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One line for each connection: the seconds, which then begin anew."""
        writer.write(f"{self._held}\n".encode())
        self._held = 0.0
        writer.close()


def main(port: int, watched_at: int, folder: Path) -> None:
    tasks: list[asyncio.Task[object]] = []

    def ready(url: str) -> None:
        watch = Watch()
        tasks.append(asyncio.create_task(watch.run()))
        tasks.append(asyncio.create_task(asyncio.start_server(watch.answer, "127.0.0.1", watched_at)))

    uvloop.run(serve(Settings(port=port, data_dir=folder, scores=False), ready))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
