"""Run one exchange with a partner: first what is new there, then what is new here."""

from gateway.store import Store
from gateway.sync.client import Client
from gateway.sync.lease import PATIENCE, turn
from gateway.sync.partners import Partner
from gateway.sync.pull import pull
from gateway.sync.push import push
from gateway.sync.report import Progress, Report, silent


async def run(
    store: Store,
    partner: Partner,
    progress: Progress = silent,
    *,
    client: Client | None = None,
    patience: float = PATIENCE,
) -> Report:
    """Synchronize with `partner` in its directions.

    What failed as a whole is in `report.errors`, what failed by itself in the dead letters. Raises Busy if another run
    of the partner is under way after `patience` seconds.
    """
    async with turn(store, partner.name, patience), client or Client(partner) as http:
        report = Report(partner.name)
        if partner.pulls:
            await pull(store, partner, http, progress, report=report)
        if partner.pushes:
            await push(store, partner, http, progress, report=report)
    await store.states.put(f"sync/{partner.name}/last", report.finish().json)
    return report
