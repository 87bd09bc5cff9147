"""Reload mapping files that change while the gateway serves.

A change is read once the folder has been quiet for a moment, because editors write in several steps. Faulty files are
refused and the mappings in use stay; the next change is another try. Stored documents are not made again: that is what
`gateway map apply` does. The log says how many documents wait for it, by collection (null where counting takes too
long).
"""

import asyncio
import contextlib
import time
from pathlib import Path

import structlog
from watchfiles import awatch

from gateway.api.process.reloads import Reloads
from gateway.errors import ConfigurationError, GatewayError
from gateway.mapping import Mappings
from gateway.store import Store

log = structlog.get_logger()

QUIET_MS, LATEST_MS = 40, 400
"""How long a folder must be quiet before it is read, and after how long it is read even if it is not."""

LOOK_MS = 2000
"""Time between two looks at file systems that report no changes, as some of networks and containers do not."""

Signature = tuple[tuple[str, int, int, int], ...]


async def watch(folder: Path, store: Store, mappings: Mappings, reloads: Reloads, stop: asyncio.Event) -> None:
    """Keep the mappings of the store those of the folder until `stop` is set. `mappings` are those in use at first."""
    watched = _WatchedFolder(folder, store, mappings, reloads)
    while not stop.is_set():
        try:
            changes = awatch(
                folder,
                watch_filter=None,
                debounce=LATEST_MS,
                step=QUIET_MS,
                stop_event=stop,
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
                recursive=False,
            )
            await watched.look()
            async for _ in changes:
                await watched.look()
        except OSError:
            await watched.look()
            await asyncio.sleep(1)


class _WatchedFolder:
    """A folder of mapping files, and the state of its files that was seen last."""

    def __init__(self, folder: Path, store: Store, mappings: Mappings, reloads: Reloads) -> None:
        self.folder, self.store, self.mappings, self.reloads = folder, store, mappings, reloads
        self.seen: Signature | None = None

    async def look(self) -> None:
        """Load the files unless they were seen already; once more if they change meanwhile."""
        while (signature := await asyncio.to_thread(_signature, self.folder)) != self.seen:
            try:
                await self._take_up()
            except ConfigurationError as error:
                if self.reloads.refused(error.text):
                    log.error("mappings refused, those before stay in use", error=error.text)
            except GatewayError as error:
                log.warning("mappings not taken up yet", error=type(error).__name__)
                return
            self.seen = signature

    async def _take_up(self) -> None:
        started = time.perf_counter()
        mappings = await asyncio.to_thread(Mappings.load, self.folder, self.mappings)
        self.mappings = mappings
        if mappings.stamps == self.store.internal.mappings.stamps:
            return self.reloads.mended()
        await self.store.internal.use(mappings)
        took = round((time.perf_counter() - started) * 1000, 1)
        self.reloads.taken(took)
        stale = {name: count for name, count in (await self.store.internal.stale()).items() if count != 0}
        log.info("mappings loaded", collections=len(mappings.collections), milliseconds=took, stale_documents=stale)


def _signature(folder: Path) -> Signature:
    """Return a value that changes with any file of the folder; () if there is no folder."""
    files = list[tuple[str, int, int, int]]()
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            with contextlib.suppress(OSError):  # gone already, or a link to nowhere
                stat = file.stat()
                files.append((file.name, stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(files))
