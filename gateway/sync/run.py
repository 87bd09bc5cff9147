"""One run of one partner: what is new there, then what is new here. And dead letters, tried once more."""

from gateway.errors import GatewayError, NotFound
from gateway.store import Store
from gateway.store.records import Change, Letter
from gateway.sync.arrivals import Arrivals
from gateway.sync.client import Client
from gateway.sync.letters import Letters
from gateway.sync.partners import Partner
from gateway.sync.pull import pull
from gateway.sync.push import Push, push
from gateway.sync.report import Progress, Report, silent
from gateway.sync.turn import PATIENCE, turn

_MOST_LETTERS = 10_000


async def run(
    store: Store,
    partner: Partner,
    progress: Progress = silent,
    *,
    client: Client | None = None,
    patience: float = PATIENCE,
) -> Report:
    """Synchronises with `partner` in its directions. What failed as a whole is in `report.errors`, what failed alone
    in the dead letters. Raises Busy when another run of the partner is under way after `patience` seconds."""
    report = Report(partner.name)
    async with turn(store, partner.name, patience), client or Client(partner) as http:
        if partner.pulls:
            await pull(store, partner, http, progress, report=report)
        if partner.pushes:
            await push(store, partner, http, progress, report=report)
    await store.put_state(f"sync/{partner.name}/last", report.finish().json)
    return report


async def replay(store: Store, partner: Partner, key: str, *, client: Client | None = None) -> Report:
    """Tries a dead letter again, against the present state on both sides; when it works, the letter is gone.

    `key` as in the letter: `pull Patient/17`, `push Observation/4`. Raises NotFound when there is no such letter.
    """
    report = Report(partner.name)
    async with turn(store, partner.name), client or Client(partner) as http:
        letter = await _letter(store, partner, key)
        try:
            await (_pull_again if key.startswith("pull ") else _push_again)(store, partner, http, letter, report)
        except GatewayError as error:
            report.errors.append(f"{key}: {error.text}")
    return report.finish()


async def _letter(store: Store, partner: Partner, key: str) -> Letter:
    for letter in await store.list_letters(partner.origin, _MOST_LETTERS):
        if letter.key == key:
            return letter
    raise NotFound(f"There is no dead letter {key!r} of {partner.name}.")


async def _pull_again(store: Store, partner: Partner, client: Client, letter: Letter, report: Report) -> None:
    """As it is there now; as it came, when it came without an id to ask for."""
    type_, id_ = _resource(letter)
    body = letter.payload or b""
    if not id_.startswith("sha256-"):
        answer = await client.get(client.url(f"{type_}/{id_}"))
        if answer.status in (404, 410):
            letters = await Letters.open(store, partner, report)
            await Arrivals(store, partner, letters, report).remove([(type_, id_)])
            return
        body = answer.body if answer.ok else body
    await Arrivals(store, partner, await Letters.open(store, partner, report), report).take(type_, [body])


async def _push_again(store: Store, partner: Partner, client: Client, letter: Letter, report: Report) -> None:
    type_, id_ = _resource(letter)
    letters = await Letters.open(store, partner, report)
    sender = Push(store, partner, client, letters, report)
    stored = await store.read(type_, id_)
    if stored is not None:
        change = Change(0, type_, id_, stored.version, "update", stored.updated, stored.origin)
        box = await sender.collector.collect([change])
        report.unchanged += box.unchanged
        await sender.send(box.items, box.links)
        if not box.items:
            await letters.settle("push", f"{type_}/{id_}")


def _resource(letter: Letter) -> tuple[str, str]:
    type_, _, id_ = letter.key.partition(" ")[2].partition("/")
    return type_, id_
