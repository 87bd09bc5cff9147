"""What happens to the resources of one page: each is stored, found to be known already, or set aside, on its own.

What validation finds is counted, not refused (real servers emit invalid R4 at scale); what cannot be a resource at all
goes to the dead letters, byte for byte.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.errors import Busy, GatewayError, Malformed, PreconditionFailed
from gateway.fhir import json, references
from gateway.fhir.json import Resource
from gateway.fhir.validate import validate
from gateway.store import Store
from gateway.store.records import Key, Link, Linked, Stored, Write
from gateway.sync import conflicts, identity
from gateway.sync.crosswalk import Crosswalk
from gateway.sync.identity import Origin
from gateway.sync.letters import Letters
from gateway.sync.logical import tightened
from gateway.sync.partners import Partner
from gateway.sync.report import Report

_STARTED_PER_TURN = 25


@dataclass(slots=True)
class Arrival:
    """One resource of the partner, what we know of it, and our copy if there is one."""

    resource: Resource
    body: bytes
    origin: Origin
    linked: Linked | None = None
    local: Stored | None = None
    echo: bool = False

    @property
    def key(self) -> Key:
        return self.origin.type, self.origin.id

    @property
    def link(self) -> Link:
        return Link(self.origin.site, self.origin.type, self.origin.id, self.origin.version)


class Arrivals:
    def __init__(self, store: Store, partner: Partner, letters: Letters, report: Report) -> None:
        self._store, self._partner, self._letters, self._report = store, partner, letters, report
        self._crosswalk = Crosswalk(store, partner)

    async def take(self, type_: str, bodies: Sequence[bytes]) -> list[Resource]:
        """Takes in a page, returning when everything is committed or set aside: the resources that could be read.

        Raises what keeps the store from working at all; the same page may then be taken again.
        """
        known = {arrival.key: arrival for body in bodies if (arrival := await self._read(type_, body))}
        links = await self._crosswalk.of_remote(known)
        for arrival in known.values():
            arrival.linked = links.get(arrival.key)
        news = [one for one in known.values() if one.linked is None or one.linked.link != one.link]
        self._report.unchanged += len(known) - len(news)
        if news:
            await self._find_copies(type_, news)
            await self._decide(news)
        return [arrival.resource for arrival in known.values()]

    async def remove(self, keys: Sequence[Key]) -> None:
        """Deletes our copies of what the partner has deleted, unless they were changed here."""
        links = await self._crosswalk.of_remote(keys)
        copies = await self._store.read_many([(one.type, one.id) for one in links.values()])
        for linked in links.values():
            local = copies.get((linked.type, linked.id))
            linked = await self._crosswalk.latest(linked, local) or linked
            decision = conflicts.removal(linked, local)
            if decision == "conflict" and local is not None:
                await self._conflict(linked.link, local, "deleted", None)
            elif decision == "store":
                await self._remove(linked)

    async def _remove(self, linked: Linked) -> None:
        write = Write(linked.type, linked.id, None, self._partner.origin, if_match=linked.version, link=linked.link)
        try:
            await self._store.commit(write)
        except Busy:
            raise
        except GatewayError as error:
            await self._letters.add("pull", _name(linked.link), "rejected", error.text, None)
        else:
            self._report.deleted += 1

    # --- reading

    async def _read(self, type_: str, body: bytes) -> Arrival | None:
        """None for what is skipped (another type, an outcome) and for what is set aside."""
        try:
            resource = json.parse(body)
            named = resource.get("resourceType")
            if isinstance(named, str) and named and named != type_:
                return None
            if named != type_:
                raise Malformed("no resourceType")
            if not identity.valid_id(resource.get("id")):
                raise Malformed("no usable id")
        except GatewayError as error:
            digest = hashlib.sha256(body).hexdigest()[:16]
            await self._letters.add("pull", f"{type_}/sha256-{digest}", "unreadable", error.text, body)
            return None
        origin = Origin(self._partner.name, type_, resource["id"], identity.version_of(resource))
        return Arrival(resource, body, origin)

    # --- finding our copies

    async def _find_copies(self, type_: str, news: Sequence[Arrival]) -> None:
        """Which resource here, if any, is the copy (or the original) of each: by link, by our own tag, by its made id,
        and last by the partner's tag, which its own push to us has left."""
        copies = await self._store.read_many({key for arrival in news for key in self._candidates(arrival)})
        for arrival in news:
            found = [copies[key] for key in self._candidates(arrival) if key in copies]
            arrival.local = found[0] if found else None
            arrival.echo = self._is_own(arrival)
        lost = [arrival for arrival in news if arrival.local is None]
        tagged = await self._crosswalk.tagged(type_, [arrival.origin.id for arrival in lost]) if lost else {}
        for arrival in lost:
            arrival.local = next(iter(tagged.get(arrival.origin.id, [])), None)
        for arrival in news:
            latest = await self._crosswalk.latest(arrival.linked, arrival.local)
            if latest is not None and latest.link.remote_id == arrival.origin.id:
                arrival.linked = latest

    def _candidates(self, arrival: Arrival) -> Iterator[Key]:
        if arrival.linked is not None:
            yield arrival.linked.type, arrival.linked.id
            return
        own = self._own(arrival)
        if own is not None:
            yield own.type, own.id
        yield arrival.origin.type, self._made_id(arrival)

    def _own(self, arrival: Arrival) -> Origin | None:
        own = identity.origins(arrival.resource).get(self._partner.site)
        return own if own is not None and own.type == arrival.origin.type else None

    def _is_own(self, arrival: Arrival) -> bool:
        own, local = self._own(arrival), arrival.local
        return own is not None and local is not None and own.id == local.id

    def _made_id(self, arrival: Arrival) -> str:
        return identity.local_id(*arrival.origin[:3])

    # --- deciding

    async def _decide(self, news: Sequence[Arrival]) -> None:
        links = await self._crosswalk.of_remote({key for arrival in news for key in self._targets(arrival.resource)})
        moved = {arrival.key: self._moved(arrival, links) for arrival in news}
        store, link = [], []
        for arrival in news:
            decision = conflicts.arrival(
                arrival.origin.version,
                arrival.linked,
                arrival.local,
                echo=arrival.echo,
                same=lambda arrival=arrival: _same(moved[arrival.key], arrival.local),  # type: ignore[misc]
            )
            if decision == "store":
                store.append(arrival)
            elif decision == "link":
                link.append(arrival)
            elif decision == "conflict" and arrival.local is not None:
                await self._conflict(arrival.link, arrival.local, arrival.origin.version, arrival.body)
            else:
                self._report.unchanged += 1
        await self._link(link)
        await self._commit(store, moved)
        await self._repair([arrival for arrival in store if arrival.local is None])

    def _moved(self, arrival: Arrival, links: dict[Key, Linked]) -> Resource:
        id_ = arrival.local.id if arrival.local is not None else self._made_id(arrival)

        def resolve(type_: str, remote_id: str, version: str | None) -> str:
            linked = links.get((type_, remote_id))
            if linked is None:
                return f"{type_}/{identity.local_id(self._partner.name, type_, remote_id)}"
            pinned = f"/_history/{linked.version}" if version and version == linked.link.remote_version else ""
            return f"{linked.type}/{linked.id}{pinned}"

        moved = identity.arriving(arrival.resource, self._partner, id_, arrival.origin, resolve)
        return tightened(moved, self._partner.site) if identity.SYSTEM.encode() in arrival.body else moved

    def _targets(self, resource: Resource) -> Iterator[Key]:
        for _, text in references.references(resource):
            target = references.split(text.removeprefix(self._partner.base_url + "/"))
            if target is not None and target.base is None:
                yield target.type, target.id

    # --- the outcome

    async def _link(self, arrivals: Sequence[Arrival]) -> None:
        agreed = [(arrival.link, arrival.local) for arrival in arrivals if arrival.local is not None]
        await self._crosswalk.put([Linked(link, local.type, local.id, local.version) for link, local in agreed])
        for arrival in arrivals:
            await self._letters.settle("pull", _name(arrival.link))
        self._report.unchanged += len(arrivals)

    async def _commit(self, arrivals: Sequence[Arrival], moved: dict[Key, Resource]) -> None:
        """All at once: the store makes few transactions of them, and each keeps its own outcome."""
        tasks = []
        for number, arrival in enumerate(arrivals, 1):
            tasks.append(asyncio.create_task(self._commit_one(arrival, moved[arrival.key])))
            if number % _STARTED_PER_TURN == 0:
                await asyncio.sleep(0)  # preparing a page must not keep the API's requests from their turn
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _commit_one(self, arrival: Arrival, resource: Resource) -> None:
        local = arrival.local
        live = local is not None and not local.deleted
        write = Write(
            arrival.origin.type,
            resource["id"],
            resource,
            self._partner.origin,
            if_match=local.version if local is not None and live else None,
            if_absent=not live,
            link=arrival.link,
        )
        self._report.note(validate(resource))
        key = _name(arrival.link)
        try:
            [result] = await self._store.commit(write)
        except Busy:
            raise
        except PreconditionFailed as error:
            await self._letters.add("pull", key, "conflict", error.text, arrival.body)
            self._report.conflicts += 1
        except GatewayError as error:
            await self._letters.add("pull", key, "rejected", error.text, arrival.body)
        else:
            self._report.pulled += result.action in ("create", "update")
            self._report.unchanged += result.action in ("unchanged", "exists")
            await self._letters.settle("pull", key)

    async def _repair(self, created: Sequence[Arrival]) -> None:
        """The partner may have pushed to us what we were just creating. Commits are serial, so one look afterwards
        sees it; our younger copy, which nothing can refer to yet, gives way."""
        if not created:
            return
        tagged = await self._crosswalk.tagged(created[0].origin.type, [arrival.origin.id for arrival in created])
        for arrival in created:
            made = self._made_id(arrival)
            pushed = next((one for one in tagged.get(arrival.origin.id, []) if one.id != made), None)
            told = await self._crosswalk.told(pushed) if pushed is not None else None
            if told is not None:
                await self._store.commit(Write(arrival.origin.type, made, None, self._partner.origin))
                await self._crosswalk.put([told])

    async def _conflict(self, link: Link, local: Stored, remote_version: str, body: bytes | None) -> None:
        self._report.conflicts += 1
        detail = (
            f"changed on both sides: version {remote_version} there, "
            f"version {local.version} of {local.type}/{local.id} here"
        )
        await self._letters.add("pull", _name(link), "conflict", detail, body)


def _name(link: Link) -> str:
    return f"{link.remote_type}/{link.remote_id}"


def _same(moved: Resource, local: Stored | None) -> bool:
    if local is None or local.deleted:
        return False
    return identity.content(moved) == identity.content(json.parse(local.body))
