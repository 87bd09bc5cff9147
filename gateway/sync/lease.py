"""Allow one run of a partner at a time, in whatever process: a lease on the database's clock.

A killed process leaves its lease behind for some seconds. The next run waits that long before it reports that another
run is under way.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.cancellation import cancel
from gateway.errors import Busy
from gateway.store import Store
from gateway.store.feed.followers import LEASE_SECONDS, Lease, LeaseLost

PATIENCE = LEASE_SECONDS + 2
_AGAIN = 0.25  # seconds


@asynccontextmanager
async def turn(store: Store, partner: str, patience: float = PATIENCE) -> AsyncIterator[None]:
    """Hold the partner's lease. Raises Busy if it is not free after `patience` seconds, or is lost meanwhile."""
    lease = Lease(store.database, f"sync:{partner}")
    await _acquire(lease, partner, patience)
    task = asyncio.current_task()
    assert task is not None
    lost = asyncio.Event()

    async def keep() -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            try:
                await lease.renew()
            except LeaseLost:
                lost.set()
                task.cancel()
                return

    keeper = asyncio.create_task(keep())
    try:
        yield
    except asyncio.CancelledError:
        if lost.is_set():
            raise Busy(f"Another run of {partner} has taken over.") from None
        raise
    finally:
        await cancel(keeper)
        await lease.release()


async def _acquire(lease: Lease, partner: str, patience: float) -> None:
    until = time.monotonic() + patience
    while await lease.acquire() is None:
        if time.monotonic() >= until:
            raise Busy(f"{partner} is being synchronized by another run.")
        await asyncio.sleep(_AGAIN)
