"""Take in the resources of one page: store each, recognize it as known, or set it aside, independently of the others.

Findings of validation are counted, not refused, because real servers send much invalid R4. What cannot be a resource at
all becomes a dead letter, byte for byte.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence

from gateway.errors import Busy, GatewayError, Invalid, Malformed, PreconditionFailed
from gateway.fhir import fhir_json, references
from gateway.fhir.bundle import is_id
from gateway.fhir.fhir_json import Resource
from gateway.fhir.subsetted import is_subsetted
from gateway.fhir.validate import check
from gateway.store import Store
from gateway.store.layout.records import Key, Link, Linked, Stored, Write
from gateway.sync import conflicts, identity, local_copies
from gateway.sync.crosswalk import Crosswalk
from gateway.sync.identity import Origin
from gateway.sync.letters import Letters
from gateway.sync.local_copies import PulledResource
from gateway.sync.logical import to_literal
from gateway.sync.partners import Partner
from gateway.sync.report import Report

_STARTED_PER_TURN = 25


class Arrivals:
    """Takes in what one partner sends."""

    def __init__(self, store: Store, partner: Partner, letters: Letters, report: Report) -> None:
        self._store, self._partner, self._letters, self._report = store, partner, letters, report
        self._crosswalk = Crosswalk(store, partner)

    async def take(self, type_: str, bodies: Sequence[bytes]) -> list[Resource]:
        """Take in a page; return when everything is committed or set aside, with the resources that could be read.

        Raises what keeps the store from working at all; the same page may then be taken again.
        """
        known = {arrival.key: arrival for body in bodies if (arrival := await self._read(type_, body))}
        links = await self._crosswalk.of_remote(known)
        for arrival in known.values():
            arrival.linked = links.get(arrival.key)
        news = [one for one in known.values() if one.linked is None or one.linked.link != one.link]
        self._report.unchanged += len(known) - len(news)
        if news:
            await local_copies.find(self._store, self._partner, type_, news)
            await self._decide(news)
        return [arrival.resource for arrival in known.values()]

    async def remove(self, keys: Sequence[Key]) -> None:
        """Delete our copies of what the partner has deleted, unless they were changed here."""
        links = await self._crosswalk.of_remote(keys)
        current = await self._store.resources.read_many([(one.type, one.id) for one in links.values()])
        for linked in links.values():
            local = current.get((linked.type, linked.id))
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

    async def _read(self, type_: str, body: bytes) -> PulledResource | None:
        """Read one resource; return None if it is skipped (another type, an outcome) or set aside."""
        try:
            resource = fhir_json.parse(body)
            named = resource.get("resourceType")
            if isinstance(named, str) and named and named != type_:
                return None
            if named != type_:
                raise Malformed("no resourceType")
            if not is_id(resource.get("id")):
                raise Malformed("no usable id")
        except GatewayError as error:
            digest = hashlib.sha256(body).hexdigest()[:16]
            await self._letters.add("pull", f"{type_}/sha256-{digest}", "unreadable", error.text, body)
            return None
        origin = Origin(self._partner.name, type_, resource["id"], identity.version_of(resource))
        return PulledResource(resource, body, origin)

    # --- deciding

    async def _decide(self, news: Sequence[PulledResource]) -> None:
        links = await self._crosswalk.of_remote({key for arrival in news for key in self._targets(arrival.resource)})
        moved = {arrival.key: self._moved(arrival, links) for arrival in news}
        store, link = [], []
        for arrival in news:
            decision = conflicts.arrival(
                arrival.origin.version,
                arrival.linked,
                arrival.local,
                echo=arrival.echo is not None,
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

    def _moved(self, arrival: PulledResource, links: dict[Key, Linked]) -> Resource:
        id_ = arrival.local.id if arrival.local is not None else arrival.made_id

        def resolve(type_: str, remote_id: str, version: str | None) -> str:
            linked = links.get((type_, remote_id))
            if linked is None:
                return f"{type_}/{identity.local_id(self._partner.name, type_, remote_id)}"
            pinned = f"/_history/{linked.version}" if version and version == linked.link.remote_version else ""
            return f"{linked.type}/{linked.id}{pinned}"

        moved = identity.arriving(arrival.resource, self._partner, id_, arrival.origin, resolve)
        return to_literal(moved, self._partner.site) if identity.SYSTEM.encode() in arrival.body else moved

    def _targets(self, resource: Resource) -> Iterator[Key]:
        for _, text in references.references(resource):
            target = references.parse_reference(text.removeprefix(self._partner.base_url + "/"))
            if target is not None and target.base is None:
                yield target.type, target.id

    # --- the outcome

    async def _link(self, arrivals: Sequence[PulledResource]) -> None:
        await self._crosswalk.put([linked for arrival in arrivals if (linked := _agreement(arrival)) is not None])
        for arrival in arrivals:
            await self._letters.settle("pull", _name(arrival.link))
        self._report.unchanged += len(arrivals)

    async def _commit(self, arrivals: Sequence[PulledResource], moved: dict[Key, Resource]) -> None:
        """Commit all at once: the store makes few transactions of them, and each keeps its own outcome."""
        try:
            async with asyncio.TaskGroup() as group:
                for number, arrival in enumerate(arrivals, 1):
                    group.create_task(self._commit_one(arrival, moved[arrival.key]))
                    if number % _STARTED_PER_TURN == 0:
                        await asyncio.sleep(0)  # preparing a page must not keep the API's requests from their turn
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _commit_one(self, arrival: PulledResource, resource: Resource) -> None:
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
        key = _name(arrival.link)
        try:
            _refuse_subsetted(resource)
            self._report.note(check(resource, strictness=self._partner.strictness))
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

    async def _repair(self, created: Sequence[PulledResource]) -> None:
        """Remove doubles: the partner may have pushed to us what we were just creating.

        Commits are serial, so one look afterwards shows it. Our younger copy, to which nothing can refer yet, is
        deleted.
        """
        if not created:
            return
        tagged = await self._crosswalk.tagged(created[0].origin.type, [arrival.origin.id for arrival in created])
        for arrival in created:
            made = arrival.made_id
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


def _refuse_subsetted(resource: Resource) -> None:
    """Raise Invalid for a part of a resource: the next push would replace the whole at the partner by this part."""
    if is_subsetted(resource):
        text = "the partner sent only a part of this resource (tagged SUBSETTED); replay asks for the whole resource"
        raise Invalid(text, expression=f"{resource['resourceType']}.meta.tag")


def _name(link: Link) -> str:
    return f"{link.remote_type}/{link.remote_id}"


def _agreement(arrival: PulledResource) -> Linked | None:
    """Return the link that says that both sides agree in our present version; for a copy of ours, in the version that
    it was made from.
    """
    local = arrival.local
    if local is None:
        return None
    version = local.version
    if arrival.linked is None and arrival.echo is not None and arrival.echo.version.isdecimal():
        version = min(version, int(arrival.echo.version))
    return Linked(arrival.link, local.type, local.id, version)


def _same(moved: Resource, local: Stored | None) -> bool:
    if local is None or local.deleted:
        return False
    return identity.content(moved) == identity.content(fhir_json.parse(local.body))
