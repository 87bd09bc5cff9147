"""Synchronize with every partner on its own schedule, as long as the gateway serves.

No failure ends the loop, neither the partner's nor ours. It is logged without patient data, and each further run comes
later until one succeeds.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

import structlog

from gateway.cancellation import cancel
from gateway.errors import Busy
from gateway.store import Store
from gateway.sync.partners import Partner
from gateway.sync.report import Report
from gateway.sync.run import run

log = structlog.get_logger()

_LONGEST_PAUSE = 3600.0
_FIRST_PAUSE = 5.0


async def keep_in_step(store: Store, partners: Sequence[Partner], stop: asyncio.Event) -> None:
    """Run each partner that has a schedule until `stop`. A run under way is then cancelled, and the next one continues
    it.
    """
    loops = [asyncio.create_task(_loop(store, partner, stop)) for partner in partners if partner.schedule > 0]
    try:
        await stop.wait()
    finally:
        await cancel(*loops)


async def _loop(store: Store, partner: Partner, stop: asyncio.Event) -> None:
    failures = 0
    while not stop.is_set():
        failures = 0 if await _succeeded(store, partner) else failures + 1
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _pause(partner.schedule, failures))


async def _succeeded(store: Store, partner: Partner) -> bool:
    try:
        report = await run(store, partner, patience=0)
    except Busy:
        return True  # another process keeps this partner in step
    except Exception as error:
        # The names only: texts of errors from the database or a partner may quote what they are about.
        log.error("sync failed", partner=partner.name, error=type(error).__name__)
        return False
    _note(report)
    return report.ok


def _note(report: Report) -> None:
    numbers = {name: value for name, value in report.json.items() if isinstance(value, int | float)}
    if report.ok:
        log.info("sync done", partner=report.partner, **numbers)
    else:
        log.warning("sync incomplete", partner=report.partner, failed=len(report.errors), **numbers)


def _pause(schedule: float, failures: int) -> float:
    """Return the seconds until the next run, spread so that partners do not run all at once."""
    if not failures:
        return schedule * random.uniform(0.95, 1.05)
    return min(max(schedule, _FIRST_PAUSE) * 2.0 ** min(failures, 12), _LONGEST_PAUSE) * random.uniform(0.75, 1.0)
