"""Look up which resource here is which resource at one partner, many at a time.

Every pull and push writes links. If a link is missing, the tags of the resources replace it (see identity.py): a
partner that is a gateway has pushed to us, or the links were lost.
"""

from collections.abc import Collection, Iterable
from typing import TypeVar

from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.search.query import parse
from gateway.store import Store
from gateway.store.layout.records import Key, Link, Linked, Stored
from gateway.sync.identity import SYSTEM, Origin, origins
from gateway.sync.partners import Partner

T = TypeVar("T")

_AT_ONCE = 500
_MARK = SYSTEM.encode()


class Crosswalk:
    """The links with one partner."""

    def __init__(self, store: Store, partner: Partner) -> None:
        self._store, self._partner = store, partner

    async def of_remote(self, keys: Collection[Key]) -> dict[Key, Linked]:
        """Return links by the partner's (type, id)."""
        found: dict[Key, Linked] = {}
        for some in _portions(keys):
            found.update(await self._store.links.by_remote(self._partner.name, some))
        return found

    async def of_local(self, keys: Collection[Key]) -> dict[Key, Linked]:
        """Return links by our (type, id)."""
        found: dict[Key, Linked] = {}
        for some in _portions(keys):
            found.update(await self._store.links.by_local(self._partner.name, some))
        return found

    async def put(self, linked: Collection[Linked]) -> None:
        """Store links."""
        await self._store.links.put(linked)

    async def tagged(self, type_: str, ids: Collection[str]) -> dict[str, list[Stored]]:
        """Return remote id -> resources of ours whose tag says that they are the partner's `type_/id`."""
        found: dict[str, list[Stored]] = {}
        for some in _portions(ids):
            codes = ",".join(f"{SYSTEM}|{Origin(self._partner.name, type_, id_).code}" for id_ in some)
            page = await self._store.resources.search(parse(type_, [("_tag", codes), ("_count", str(2 * len(some)))]))
            for stored in page.entries:
                origin = origin_of(stored, self._partner.name)
                if origin is not None:
                    found.setdefault(origin.id, []).append(stored)
        return found

    async def told(self, stored: Stored) -> Linked | None:
        """Return the link that the tags of a live resource imply.

        The first version with the partner's present tag came from there. A later edit here keeps the tag and counts as
        our change.
        """
        origin = origin_of(stored, self._partner.name)
        if origin is None or origin.type != stored.type:
            return None
        version = stored.version
        while version > 1:
            before = await self._store.resources.vread(stored.type, stored.id, version - 1)
            if before is None or origin_of(before, self._partner.name) != origin:
                break
            version -= 1
        link = Link(self._partner.name, origin.type, origin.id, origin.version)
        return Linked(link, stored.type, stored.id, version)

    async def latest(self, linked: Linked | None, stored: Stored | None) -> Linked | None:
        """Return `linked`, or the link that the tags imply if that is newer, because the partner itself has written the
        resource since.
        """
        if stored is None or stored.deleted or (linked is not None and linked.version >= stored.version):
            return linked
        told = await self.told(stored)
        if told is None or (linked is not None and told.version <= linked.version):
            return linked
        return told


def origin_of(stored: Stored, site: str) -> Origin | None:
    """Return what the resource is at `site`, by its tags."""
    if _MARK not in stored.body:
        return None
    resource: Resource = fhir_json.parse(stored.body)
    return origins(resource).get(site)


def _portions(items: Iterable[T]) -> Iterable[list[T]]:
    rest = list(items)
    return (rest[start : start + _AT_ONCE] for start in range(0, len(rest), _AT_ONCE))
