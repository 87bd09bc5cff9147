"""Check that resources agree with their changes in the feed, their history, and their internal documents."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.fhir import fhir_json
from gateway.store.internal.differences import decode, differences, encode
from gateway.store.layout.fields import BODY, DELETED, ID, MAPPED_TO, TYPE, VERSION
from gateway.store.layout.records import DocumentMappings
from gateway.store.layout.schema import FEED, RESOURCES, VERSION_FIELDS, VERSIONS, Database, Document
from gateway.store.layout.stored import internal_document, mapped_to, stored
from gateway.store.read.streams import documents_of

APPLY = "run `gateway map apply`"
"""Advice that ends the text of a fault."""

_MOST_IDS, _PORTION_BYTES = 5_000, 8 * 1024 * 1024
_MOST_EXAMPLES = 3


@dataclass
class Audit:
    """Counts of what was checked, and of what does not agree.

    faults: the number of disagreements of each kind; empty if all agrees.
    examples: at most three places for each kind.
    """

    resources: int = 0
    documents: int = 0
    changes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def fault(self, kind: str, key: str, count: int = 1) -> None:
        """Count a disagreement, with `key` as the example."""
        self.faults[kind] += count
        self.examples[kind] = [*self.examples.get(kind, ()), key][:_MOST_EXAMPLES]

    def add(self, other: "Audit") -> None:
        """Add the counts and examples of another part of the database."""
        self.resources += other.resources
        self.documents += other.documents
        self.changes += other.changes
        self.faults += other.faults
        for kind, keys in other.examples.items():
            self.examples[kind] = [*self.examples.get(kind, ()), *keys][:_MOST_EXAMPLES]


class Agreement:
    """The check of some resources, as they were at the moment of the snapshot of `session`."""

    def __init__(self, database: Database, mappings: DocumentMappings, session: AsyncClientSession, head: int) -> None:
        """head: the number of changes in the feed that are counted; later ones are not."""
        self.database, self.mappings, self.session, self.head = database, mappings, session, head
        self.audit = Audit()

    async def check(self, keys: Sequence[str]) -> Audit:
        """Check the resources with these keys ("Type/id")."""
        portion, size = list[Document](), 0
        fields = {**VERSION_FIELDS, MAPPED_TO: 1}
        async for resource in self.database[RESOURCES].find({"_id": {"$in": keys}}, fields, session=self.session):
            portion.append(resource)
            size += len(resource.get(BODY, b""))
            if size > _PORTION_BYTES:
                await self._examine(portion)
                portion, size = [], 0
        await self._examine(portion)
        return self.audit

    async def _examine(self, resources: Sequence[Document]) -> None:
        self.audit.resources += len(resources)
        await self._check_feed(resources)
        await self._check_history(resources)
        documents = await documents_of(self.database, self.mappings, resources, self.session)
        for resource in resources:
            self._check_documents(resource, documents[resource["_id"]])
            await asyncio.sleep(0)

    async def _check_feed(self, resources: Sequence[Document]) -> None:
        """Check that the changes of each resource count its versions from 1 to the current one."""
        last = dict.fromkeys((resource["_id"] for resource in resources), 0)
        async for change in self._changes(resources):
            self.audit.changes += change["_id"] <= self.head
            key = f"{change[TYPE]}/{change[ID]}"
            if change[VERSION] != last[key] + 1:
                self.audit.fault("versions out of order in the feed", key)
            last[key] = change[VERSION]
        for resource in resources:
            if last[resource["_id"]] != resource[VERSION]:
                self.audit.fault("a resource is not at the version the feed says", resource["_id"])

    async def _changes(self, resources: Sequence[Document]) -> AsyncIterator[Document]:
        ids: dict[str, list[str]] = defaultdict(list)
        for resource in resources:
            ids[resource[TYPE]].append(resource[ID])
        for type_, ids_of_type in ids.items():
            changes = self.database[FEED].find(
                {TYPE: type_, ID: {"$in": ids_of_type}}, {TYPE: 1, ID: 1, VERSION: 1}, session=self.session
            )
            async for change in changes.sort([(TYPE, 1), (ID, 1), ("_id", 1)]):
                yield change

    async def _check_history(self, resources: Sequence[Document]) -> None:
        """Check that each superseded version is kept."""
        expected = [
            (resource["_id"], f"{resource['_id']}/{version}")
            for resource in resources
            for version in range(1, resource[VERSION])
        ]
        missing = dict[str, None]()
        for start in range(0, len(expected), _MOST_IDS):
            part = expected[start : start + _MOST_IDS]
            kept = self.database[VERSIONS].find(
                {"_id": {"$in": [id_ for _, id_ in part]}}, {"_id": 1}, session=self.session
            )
            kept_ids = {version["_id"] async for version in kept}
            missing |= {key: None for key, id_ in part if id_ not in kept_ids}
        for key in missing:
            self.audit.fault("a version is missing from the history", key)

    def _check_documents(self, resource: Document, documents: dict[str, bytes]) -> None:
        """Check that a resource has just the internal documents that the mappings make of it."""
        key, mapped = resource["_id"], mapped_to(resource)
        for name in mapped:
            if name not in documents:
                self.audit.fault("a resource without its internal document", f"{name}/{resource[ID]}")
        if resource[DELETED]:
            return
        version = stored(resource)
        projections = self.mappings.get(fhir_json.parse(version.body))
        expected = {projection.collection: internal_document(projection, version) for projection in projections}
        for name in {*mapped, *expected}:
            if name in documents:
                self._check_document(f"{name}/{version.id}", name, documents[name], expected.get(name))
            elif name not in mapped:
                self.audit.fault(f"a document of {name} not made yet: {APPLY}", key)

    def _check_document(self, place: str, name: str, document: bytes, expected: Document | None) -> None:
        """Check one document. Examples of differences name the field and never the values, which may identify a
        person."""
        if expected is not None and encode(expected) == document:
            return
        reflects = decode(document).get("fhir", {})
        if reflects.get("mapping") != self.mappings.stamps.get(name):
            return self.audit.fault(f"a document of {name} made by another mapping: {APPLY}", place)
        if expected is None:
            return self.audit.fault("an internal document that its mapping does not make", place)
        if reflects.get("version") != expected["fhir"]["version"]:
            return self.audit.fault("an internal document of another version", place)
        for field_, _, _ in differences(decode(document), decode(encode(expected))):
            return self.audit.fault("an internal document that its mapping does not make", f"{place} {field_}")
