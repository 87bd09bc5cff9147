"""Find what a stretch of the change feed means for a partner: the latest state of each resource, in a suitable order.

A resource can be sent only when the partner has what it refers to, because only then its references are known. So the
outbox adds targets that come later in the feed, and sends in waves: first what refers to nothing unknown.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.fhir import fhir_json, references
from gateway.fhir.fhir_json import Resource
from gateway.store import Store
from gateway.store.layout.records import Change, Key, Linked, Stored
from gateway.sync import conflicts
from gateway.sync.conflicts import Departure
from gateway.sync.crosswalk import Crosswalk
from gateway.sync.identity import Origin
from gateway.sync.partners import Partner


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A resource to send. `targets` are the resources here that it refers to, without itself."""

    action: Departure
    stored: Stored
    linked: Linked | None
    resource: Resource = field(default_factory=dict)
    targets: frozenset[Key] = frozenset()

    @property
    def key(self) -> Key:
        """Type and id here."""
        return self.stored.type, self.stored.id

    @property
    def name(self) -> str:
        """`Type/id` here."""
        return f"{self.stored.type}/{self.stored.id}"

    def origin(self, site: str) -> Origin:
        """Return what the resource is at our site."""
        return Origin(site, self.stored.type, self.stored.id, str(self.stored.version))

    def at(self, linked: Linked) -> "OutboxItem":
        """Return the item for a resource that the partner turns out to have."""
        return replace(self, action="update", linked=linked)


@dataclass(slots=True)
class Outbox:
    """Items, and the `links` of the items and of everything they refer to, as far as the partner has it."""

    items: dict[Key, OutboxItem]
    links: dict[Key, Linked]
    unchanged: int


class Collector:
    """Collects what must be sent."""

    def __init__(self, store: Store, partner: Partner) -> None:
        self._store, self._partner, self._crosswalk = store, partner, Crosswalk(store, partner)

    async def collect(self, changes: Sequence[Change]) -> Outbox:
        """Return everything that must be sent because of `changes`."""
        ours = [change for change in changes if self._concerns(change)]
        box = Outbox({}, {}, 0)
        wanted: Collection[Key] = dict.fromkeys((change.type, change.id) for change in ours)
        seen: set[Key] = set()
        while wanted:
            seen.update(wanted)
            await self._add(box, wanted)
            wanted = await self._missing(box, seen)
        return box

    def _concerns(self, change: Change) -> bool:
        wanted = self._partner.scores == "send" or not change.origin.startswith("risk:")
        return wanted and change.type in self._partner.types and change.origin != self._partner.origin

    async def _add(self, box: Outbox, keys: Collection[Key]) -> None:
        stored = await self._store.resources.read_many(keys)
        links = await self._crosswalk.of_local(keys)
        told: list[Linked] = []
        for key in keys:
            if key not in stored:
                continue
            linked = links.get(key)
            if (latest := await self._crosswalk.latest(linked, stored[key])) is not linked and latest is not None:
                told.append(latest)
                linked = latest
            if linked is not None:
                box.links[key] = linked
            self._decide(box, stored[key], linked)
        await self._crosswalk.put(told)

    def _decide(self, box: Outbox, stored: Stored, linked: Linked | None) -> None:
        action = conflicts.departure(linked, stored)
        if action == "nothing":
            box.unchanged += 1
            return
        resource = {} if stored.deleted else fhir_json.parse(stored.body)
        key = stored.type, stored.id
        box.items[key] = OutboxItem(action, stored, linked, resource, frozenset(_targets(resource)) - {key})

    async def _missing(self, box: Outbox, seen: set[Key]) -> Collection[Key]:
        """Return the targets that the partner may get and that were not looked up before: their links, and those
        without a link.
        """
        targets = {target for item in box.items.values() for target in item.targets} - seen - box.links.keys()
        box.links.update(await self._crosswalk.of_local(targets))
        return {key for key in targets if key not in box.links and key[0] in self._partner.types}


def waves(items: Mapping[Key, OutboxItem]) -> Iterator[list[OutboxItem]]:
    """Order the items so that each refers only to earlier waves; deletions come last, in the order they were made.

    Items that refer to each other in a circle form the wave before the deletions.
    """
    rest = {key: item for key, item in items.items() if item.action != "delete"}
    while rest:
        ready = [item for item in rest.values() if not any(_waits(target, rest) for target in item.targets)]
        ready = ready or list(rest.values())
        for item in ready:
            del rest[item.key]
        yield ready
    deletions = [item for item in items.values() if item.action == "delete"]
    if deletions:
        yield deletions


def _waits(target: Key, rest: Mapping[Key, OutboxItem]) -> bool:
    """Return whether to wait for the target: only for a creation, since the id of an update is known."""
    return target in rest and rest[target].linked is None


def _targets(resource: Resource) -> Iterator[Key]:
    for _, text in references.references(resource) if resource else ():
        target = references.parse_reference(text)
        if target is not None and target.base is None:
            yield target.type, target.id
