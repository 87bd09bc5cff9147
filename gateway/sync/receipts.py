"""Read the partner's answers to what was sent: a link, a dead letter, or something more to do."""

from gateway.fhir.bundle import is_id
from gateway.fhir.fhir_json import Resource
from gateway.store.layout.records import Link, Linked
from gateway.sync import identity
from gateway.sync.exchange import Exchange, Parcel, Sent
from gateway.sync.letters import Letters
from gateway.sync.outbox import OutboxItem
from gateway.sync.partners import Partner
from gateway.sync.report import Report


class Receipts:
    """Reads answers of one partner."""

    def __init__(self, partner: Partner, exchange: Exchange, letters: Letters, report: Report) -> None:
        self._partner, self._exchange, self._letters, self._report = partner, exchange, letters, report

    async def read(self, sent: Sent) -> Linked | OutboxItem | None:
        """Return the resulting link; the item as an update if the partner has an older version; None if it became a
        letter.
        """
        action, status = sent.parcel.item.action, sent.status
        if action == "create" and (status in (200, 201) or (status == 412 and sent.parcel.assigned)):
            return await self._created(sent)
        if action == "update" and status in (200, 201):
            return await self._updated(sent)
        if action == "delete" and status in (200, 202, 204, 404, 410):
            self._report.deleted += 1
            return self._linked(sent.parcel, self._remote_id(sent.parcel), sent.version)
        if action == "update" and status in (404, 409, 410, 412):
            return await self._doubted(sent.parcel)
        reason = "conflict" if status in (409, 412) else "rejected"
        await self._set_aside(sent.parcel, reason, sent.text or f"status {status}")
        return None

    async def verified(self, parcel: Parcel) -> Parcel | None:
        """Return the update for a partner without versions if the content there is as expected, else None."""
        _, found = await self._exchange.current(parcel.item.stored.type, self._remote_id(parcel))
        known = parcel.item.linked.link.remote_version if parcel.item.linked else ""
        if found is not None and identity.version_of(found) == known:
            return parcel
        await self._set_aside(parcel, "conflict", "changed on both sides, by content")
        return None

    async def _created(self, sent: Sent) -> Linked | OutboxItem | None:
        parcel, item = sent.parcel, sent.parcel.item
        id_ = parcel.assigned or sent.id
        if sent.status == 201 and id_ and sent.version:
            self._report.pushed += 1
            return self._linked(parcel, id_, sent.version)
        found = (await self._exchange.current(item.stored.type, id_))[1] if id_ else None
        found = found or await self._exchange.find(item.stored.type, parcel.condition)
        if found is None or not is_id(found.get("id")):
            await self._set_aside(parcel, "rejected", "accepted, but not to be found afterwards")
            return None
        if sent.status == 201:
            self._report.pushed += 1
            return self._linked(parcel, found["id"], identity.version_of(found))
        if self._reflects(found, item):
            self._report.unchanged += 1
            return self._linked(parcel, found["id"], _agreed_version(found, parcel))
        return item.at(self._linked(parcel, found["id"], identity.version_of(found)))

    async def _updated(self, sent: Sent) -> Linked:
        version, remote_id = sent.version, self._remote_id(sent.parcel)
        if not version:
            _, found = await self._exchange.current(sent.parcel.item.stored.type, remote_id)
            version = identity.version_of(found) if found else ""
        self._report.pushed += 1
        return self._linked(sent.parcel, remote_id, version)

    async def _doubted(self, parcel: Parcel) -> Linked | None:
        """Handle a refusal because of the version: our own update whose answer was lost, or a change of theirs, perhaps
        the same.
        """
        item, remote_id = parcel.item, self._remote_id(parcel)
        status, found = await self._exchange.current(item.stored.type, remote_id)
        if found is not None and (self._reflects(found, item) or _same(found, parcel)):
            self._report.unchanged += 1
            return self._linked(parcel, remote_id, _agreed_version(found, parcel))
        there = f"version {identity.version_of(found)}" if found is not None else f"status {status}"
        detail = f"changed on both sides: {there} there, version {item.stored.version} here"
        await self._set_aside(parcel, "conflict", detail)
        return None

    async def _set_aside(self, parcel: Parcel, reason: str, detail: str) -> None:
        self._report.conflicts += reason == "conflict"
        await self._letters.add("push", parcel.item.name, reason, detail, parcel.item.stored.body)

    def _reflects(self, found: Resource, item: OutboxItem) -> bool:
        """Return whether the resource there says that it is made from the version that we are sending."""
        return identity.origins(found).get(self._partner.site) == item.origin(self._partner.site)

    def _remote_id(self, parcel: Parcel) -> str:
        return parcel.item.linked.link.remote_id if parcel.item.linked else ""

    def _linked(self, parcel: Parcel, remote_id: str, version: str) -> Linked:
        stored = parcel.item.stored
        return Linked(Link(self._partner.name, stored.type, remote_id, version), stored.type, stored.id, stored.version)


def _agreed_version(found: Resource, parcel: Parcel) -> str:
    """Return the version there that equals ours; "" if it was edited since, so that the next pull takes that edit."""
    version = identity.version_of(found)
    return version if version == "1" or _same(found, parcel) else ""


def _same(found: Resource, parcel: Parcel) -> bool:
    return identity.content(found) == identity.content(parcel.resource)
