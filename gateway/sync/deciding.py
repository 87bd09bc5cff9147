"""Apply a person's decision about a conflict. The other side takes the state of the side to keep; its own state stays
in its history.
"""

from typing import Literal

from gateway.errors import BadRequest, NotFound
from gateway.store import Store
from gateway.store.layout.records import Key, Letter, Link, Linked, Stored
from gateway.sync import identity
from gateway.sync.arrivals import Arrivals
from gateway.sync.client import Client, PartnerError
from gateway.sync.crosswalk import Crosswalk
from gateway.sync.lease import PATIENCE, turn
from gateway.sync.letters import Letters
from gateway.sync.partners import Partner
from gateway.sync.push import Push
from gateway.sync.replaying import pull_one, push_one
from gateway.sync.report import Report

Keep = Literal["ours", "theirs"]
_MOST = 10_000


async def decide(
    store: Store, partner: Partner, key: str, keep: Keep, *, client: Client | None = None, patience: float = PATIENCE
) -> Report:
    """Settle the conflict in the dead letter `key` (`pull Patient/17`, `push Patient/4`).

    Raises NotFound if there is no such letter, BadRequest if it is no conflict that can be decided here, Busy if a run
    of the partner is under way, PartnerError if the partner no longer has the resource.
    """
    report = Report(partner.name)
    async with turn(store, partner.name, patience), client or Client(partner) as http:
        linked, local = await _sides(store, partner, await _letter(store, partner, key))
        letters = await Letters.open(store, partner, report)
        if keep == "theirs":
            await _agree(store, partner, linked, "", local.version)
            arrivals = Arrivals(store, partner, letters, report)
            await pull_one(arrivals, http, linked.link.remote_type, linked.link.remote_id, b"")
        else:
            await _agree(store, partner, linked, await _version(http, linked), local.version - 1)
            await push_one(Push(store, partner, http, letters, report), store, linked.type, linked.id)
        if not report.dead_letters:
            await letters.settle("pull", f"{linked.link.remote_type}/{linked.link.remote_id}")
            await letters.settle("push", f"{linked.type}/{linked.id}")
    return report.finish()


async def _letter(store: Store, partner: Partner, key: str) -> Letter:
    for letter in await store.letters.newest(partner.origin, _MOST):
        if letter.key == key:
            return letter
    raise NotFound(f"There is no dead letter {key!r} of {partner.name}.")


async def _sides(store: Store, partner: Partner, letter: Letter) -> tuple[Linked, Stored]:
    work, _, name = letter.key.partition(" ")
    type_, _, id_ = name.partition("/")
    key: Key = type_, id_
    crosswalk = Crosswalk(store, partner)
    linked = (await (crosswalk.of_remote if work == "pull" else crosswalk.of_local)([key])).get(key)
    local = await store.resources.read(linked.type, linked.id) if linked else None
    if letter.reason != "conflict" or linked is None or local is None:
        raise BadRequest("Only a conflict between two linked resources can be decided.")
    return linked, local


async def _agree(store: Store, partner: Partner, linked: Linked, remote_version: str, local_version: int) -> None:
    """Note that both sides agreed in the present version of one side, so that only the other side counts as changed."""
    link = Link(partner.name, linked.link.remote_type, linked.link.remote_id, remote_version)
    await Crosswalk(store, partner).put([Linked(link, linked.type, linked.id, local_version)])


async def _version(client: Client, linked: Linked) -> str:
    answer = await client.get(client.url(f"{linked.link.remote_type}/{linked.link.remote_id}"))
    found = answer.resource() if answer.ok else None
    if found is None:
        raise PartnerError(f"The partner does not show it any more (status {answer.status}).")
    return identity.version_of(found)
