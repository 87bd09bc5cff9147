"""Try dead letters again, against the present state of both sides, and remove those that succeed."""

from gateway.errors import Busy, GatewayError, NotFound
from gateway.store import Store
from gateway.store.layout.records import Change, Letter
from gateway.sync.arrivals import Arrivals
from gateway.sync.client import Client, PartnerError
from gateway.sync.lease import PATIENCE, turn
from gateway.sync.letters import Letters
from gateway.sync.partners import Partner
from gateway.sync.push import Push
from gateway.sync.report import Report

_MOST = 10_000


async def replay(
    store: Store,
    partner: Partner,
    key: str | None = None,
    *,
    client: Client | None = None,
    patience: float = PATIENCE,
) -> Report:
    """Replay the letter `key` (`pull Patient/17`, `push Observation/4`), or all letters of the partner.

    `dead_letters` of the report counts those that failed again. Raises NotFound if there is no such letter, Busy if a
    run of the partner is under way.
    """
    report = Report(partner.name)
    async with turn(store, partner.name, patience), client or Client(partner) as http:
        waiting = await store.letters.newest(partner.origin, _MOST)
        chosen = [letter for letter in waiting if key in (None, letter.key)]
        if key is not None and not chosen:
            raise NotFound(f"There is no dead letter {key!r} of {partner.name}.")
        letters = await Letters.open(store, partner, report)
        for letter in reversed(chosen):  # oldest first: what others refer to has failed before them
            try:
                await _again(store, partner, http, letters, letter, report)
            except GatewayError as error:
                report.errors.append(f"{letter.key}: {error.text}")
                if isinstance(error, Busy):
                    break
    return report.finish()


async def _again(
    store: Store, partner: Partner, client: Client, letters: Letters, letter: Letter, report: Report
) -> None:
    work, _, name = letter.key.partition(" ")
    type_, _, id_ = name.partition("/")
    failed = report.dead_letters
    if work == "pull":
        await pull_one(Arrivals(store, partner, letters, report), client, type_, id_, letter.payload or b"")
    else:
        await push_one(Push(store, partner, client, letters, report), store, type_, id_)
    if report.dead_letters == failed:
        await letters.settle("pull" if work == "pull" else "push", name)


async def pull_one(arrivals: Arrivals, client: Client, type_: str, id_: str, body: bytes) -> None:
    """Take in the partner's resource as it is there now; `body`, if it came without an id to ask for."""
    if not id_.startswith("sha256-"):
        answer = await client.get(client.url(f"{type_}/{id_}"))
        if answer.status in (404, 410):
            return await arrivals.remove([(type_, id_)])
        if not answer.ok:
            raise PartnerError(f"the partner answered {answer.status}")
        body = answer.body
    await arrivals.take(type_, [body])


async def push_one(sender: Push, store: Store, type_: str, id_: str) -> None:
    """Send our resource in its present state, if the partner does not have that yet."""
    stored = await store.resources.read(type_, id_)
    if stored is not None:
        change = Change(0, type_, id_, stored.version, "update", stored.updated, "")
        box = await sender.collector.collect([change])
        await sender.send(box.items, box.links)
