"""Whether resources, and all that belongs to them, agree: their changes, their history, their internal documents."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.fhir import fhir_json
from gateway.store.internal.differences import as_stored, differences, read
from gateway.store.layout.records import Mappings
from gateway.store.layout.schema import FEED, RESOURCES, VERSION_FIELDS, VERSIONS, Database, Document
from gateway.store.layout.stored import internal_document, mapped_to, stored
from gateway.store.read.streams import documents_of

APPLY = "run `gateway map apply`"

_MOST_IDS, _PORTION_BYTES = 5_000, 8 * 1024 * 1024


@dataclass
class Audit:
    """`faults` counts each kind of disagreement; empty is good. `examples` names at most three of each kind."""

    resources: int = 0
    documents: int = 0
    changes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def fault(self, kind: str, key: str, count: int = 1) -> None:
        self.faults[kind] += count
        self.examples[kind] = [*self.examples.get(kind, ()), key][:3]

    def add(self, other: "Audit") -> None:
        self.resources += other.resources
        self.documents += other.documents
        self.changes += other.changes
        self.faults += other.faults
        for kind, keys in other.examples.items():
            self.examples[kind] = [*self.examples.get(kind, ()), *keys][:3]


class Agreement:
    """Some resources, and all that belongs to them, as they were at one moment."""

    def __init__(self, database: Database, mappings: Mappings, session: AsyncClientSession, head: int) -> None:
        self.database, self.mappings, self.session, self.head = database, mappings, session, head
        self.found = Audit()

    async def of(self, keys: Sequence[str]) -> Audit:
        portion, size = list[Document](), 0
        fields = {**VERSION_FIELDS, "m": 1}
        async for resource in self.database[RESOURCES].find({"_id": {"$in": keys}}, fields, session=self.session):
            portion.append(resource)
            size += len(resource.get("b", b""))
            if size > _PORTION_BYTES:
                await self._examine(portion)
                portion, size = [], 0
        await self._examine(portion)
        return self.found

    async def _examine(self, resources: Sequence[Document]) -> None:
        self.found.resources += len(resources)
        await self._in_feed(resources)
        await self._in_history(resources)
        documents = await documents_of(self.database, self.mappings, resources, self.session)
        for resource in resources:
            self._agrees(resource, documents[resource["_id"]])
            await asyncio.sleep(0)

    async def _in_feed(self, resources: Sequence[Document]) -> None:
        """The changes of each lead up to the version it has."""
        last = dict.fromkeys((one["_id"] for one in resources), 0)
        async for change in self._changes(resources):
            self.found.changes += change["_id"] <= self.head
            key = f"{change['t']}/{change['i']}"
            if change["v"] != last[key] + 1:
                self.found.fault("versions out of order in the feed", key)
            last[key] = change["v"]
        for resource in resources:
            if last[resource["_id"]] != resource["v"]:
                self.found.fault("a resource is not at the version the feed says", resource["_id"])

    async def _changes(self, resources: Sequence[Document]) -> AsyncIterator[Document]:
        ids: dict[str, list[str]] = defaultdict(list)
        for resource in resources:
            ids[resource["t"]].append(resource["i"])
        for type_, wanted in ids.items():
            changes = self.database[FEED].find(
                {"t": type_, "i": {"$in": wanted}}, {"t": 1, "i": 1, "v": 1}, session=self.session
            )
            async for change in changes.sort([("t", 1), ("i", 1), ("_id", 1)]):
                yield change

    async def _in_history(self, resources: Sequence[Document]) -> None:
        """Each superseded version is kept."""
        expected = [(one["_id"], f"{one['_id']}/{n}") for one in resources for n in range(1, one["v"])]
        missing = dict[str, None]()
        for start in range(0, len(expected), _MOST_IDS):
            part = expected[start : start + _MOST_IDS]
            kept = self.database[VERSIONS].find(
                {"_id": {"$in": [id_ for _, id_ in part]}}, {"_id": 1}, session=self.session
            )
            there = {one["_id"] async for one in kept}
            missing |= {key: None for key, id_ in part if id_ not in there}
        for key in missing:
            self.found.fault("a version is missing from the history", key)

    def _agrees(self, resource: Document, there: dict[str, bytes]) -> None:
        key, mapped = resource["_id"], mapped_to(resource)
        for name in mapped:
            if name not in there:
                self.found.fault("a resource without its internal document", f"{name}/{resource['i']}")
        if resource["x"]:
            return
        of = stored(resource)
        made = {one.collection: internal_document(one, of) for one in self.mappings.get(fhir_json.parse(of.body))}
        for name in {*mapped, *made}:
            if name in there:
                self._is_made(f"{name}/{of.id}", name, there[name], made.get(name))
            elif name not in mapped:
                self.found.fault(f"a document of {name} not made yet: {APPLY}", key)

    def _is_made(self, place: str, name: str, there: bytes, made: Document | None) -> None:
        """Differences are told by field, never by what stands there."""
        if made is not None and as_stored(made) == there:
            return
        reflects = read(there).get("fhir", {})
        if reflects.get("mapping") != self.mappings.stamps.get(name):
            return self.found.fault(f"a document of {name} made by another mapping: {APPLY}", place)
        if made is None:
            return self.found.fault("an internal document that its mapping does not make", place)
        if reflects.get("version") != made["fhir"]["version"]:
            return self.found.fault("an internal document of another version", place)
        for field_, _, _ in differences(read(there), read(as_stored(made))):
            return self.found.fault("an internal document that its mapping does not make", f"{place} {field_}")
