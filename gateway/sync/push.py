"""Push our changes since the partner's position in the feed, each resource once and in its latest state.

Sending twice has no further effect, and nothing of the partner's is overwritten: a create is conditional on our tag, an
update on the version that we know there. Links and dead letters are written first; the position in the feed moves last.
"""

import asyncio
from collections.abc import Sequence

from gateway.errors import GatewayError
from gateway.store import Store
from gateway.store.layout.records import Key, Linked
from gateway.sync import identity
from gateway.sync.client import Client
from gateway.sync.crosswalk import Crosswalk
from gateway.sync.exchange import Exchange, Parcel, Sent
from gateway.sync.letters import Letters
from gateway.sync.logical import to_logical
from gateway.sync.outbox import Collector, OutboxItem, waves
from gateway.sync.partners import Partner
from gateway.sync.receipts import Receipts
from gateway.sync.report import Progress, Report, silent

_STRETCH = 2000
"""Changes that are looked at together."""
_PARALLEL = 2
"""Batches that are under way at once."""


async def push(
    store: Store, partner: Partner, client: Client, progress: Progress = silent, *, report: Report | None = None
) -> Report:
    """Send what is in the feed now. If the partner fails, the reason is in `report.errors` and the position stays."""
    report = report or Report(partner.name)
    state = f"sync/{partner.name}/push"
    sender = Push(store, partner, client, await Letters.open(store, partner, report), report, progress)
    record = await store.states.get(state)
    seq = int(record["seq"]) if record and record.get("base_url") == partner.base_url else 0
    head = await store.feed.head()
    try:
        while seq < head and (changes := await store.feed.after(seq, _STRETCH)):
            box = await sender.collector.collect(changes)
            report.unchanged += box.unchanged
            await sender.send(box.items, box.links)
            seq = changes[-1].seq
            await store.states.put(state, {"seq": seq, "base_url": partner.base_url})
    except GatewayError as error:
        report.errors.append(f"push: {error.text}")
    return report.finish()


class Push:
    """Sends items to one partner, and keeps the resulting links and letters."""

    def __init__(
        self,
        store: Store,
        partner: Partner,
        client: Client,
        letters: Letters,
        report: Report,
        progress: Progress = silent,
    ) -> None:
        self.collector = Collector(store, partner)
        self._partner, self._letters, self._report, self._progress = partner, letters, report, progress
        self._exchange, self._crosswalk = Exchange(client), Crosswalk(store, partner)
        self._receipts = Receipts(partner, self._exchange, letters, report)
        self._links: dict[Key, Linked] = {}

    async def send(self, items: dict[Key, OutboxItem], links: dict[Key, Linked]) -> None:
        """Send the items. `links` says what the partner has. What cannot be sent is in the letters afterwards."""
        self._links = dict(links)
        limit = asyncio.Semaphore(_PARALLEL)

        async def one(batch: Sequence[Parcel]) -> None:
            async with limit:
                await self._batch(batch)

        for wave in waves(items):
            parcels = [parcel for item in wave if (parcel := await self._parcel(item)) is not None]
            size = self._partner.batch_size
            batches = [parcels[start : start + size] for start in range(0, len(parcels), size)]
            for outcome in await asyncio.gather(*map(one, batches), return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _parcel(self, item: OutboxItem) -> Parcel | None:
        """Return the parcel, None if it is set aside: it refers to what the partner does not have, or has changed
        there.
        """
        origin, unknown = item.origin(self._partner.site), set[str]()
        if item.action == "delete":
            return Parcel(item, {}, origin.query)
        resource = identity.departing(item.resource, self._partner, self._id(item), origin, self._resolve(unknown))
        if unknown and self._partner.unknown_targets == "letter":
            detail = f"reference target {min(unknown)} not at partner"
            await self._letters.add("push", item.name, "reference", detail, item.stored.body)
            return None
        parcel = Parcel(item, to_logical(resource, unknown, self._partner.site) if unknown else resource, origin.query)
        return parcel if item.action == "create" or parcel.expected else await self._receipts.verified(parcel)

    def _id(self, item: OutboxItem) -> str | None:
        """Return its id there; for a new resource the id under which a gateway would have pulled it, or None."""
        if item.linked is not None:
            return item.linked.link.remote_id
        return identity.local_id(self._partner.site, *item.key) if self._partner.create == "put" else None

    def _resolve(self, unknown: set[str]) -> identity.Resolve:
        def resolve(type_: str, id_: str, version: str | None) -> str | None:
            linked = self._links.get((type_, id_))
            if linked is None:
                unknown.add(f"{type_}/{id_}" + (f"/_history/{version}" if version else ""))
                return None
            link, same = linked.link, version == str(linked.version)
            pinned = f"/_history/{link.remote_version}" if same and link.remote_version else ""
            return f"{link.remote_type}/{link.remote_id}{pinned}"

        return resolve

    async def _batch(self, parcels: Sequence[Parcel]) -> None:
        agreed = [linked for sent in await self._exchange.send(parcels) if (linked := await self._receipt(sent))]
        await self._crosswalk.put(agreed)
        for linked in agreed:
            self._links[linked.type, linked.id] = linked
            await self._letters.settle("push", f"{linked.type}/{linked.id}")
        self._progress("push", self._report)

    async def _receipt(self, sent: Sent) -> Linked | None:
        receipt = await self._receipts.read(sent)
        if not isinstance(receipt, OutboxItem):
            return receipt
        # The partner has it from an earlier time, in an older version of ours: an update after all.
        parcel = await self._parcel(receipt)
        again = await self._receipts.read(await self._exchange.send_one(parcel)) if parcel else None
        return again if isinstance(again, Linked) else None
