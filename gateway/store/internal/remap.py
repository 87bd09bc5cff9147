"""Bring the internal documents in line with the present mappings: what `gateway map apply` runs.

Every document says which mapping made it, so the database alone tells what is left to do, and a run continues where an
earlier run was killed. Internal documents are derived from resources; resources, history and feed do not change, apart
from the field MAPPED_TO. Each batch is one transaction among those of all writers (see
gateway.store.write.transaction), so it neither overwrites newer documents nor is overwritten by older ones, and writers
wait for one batch at most.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pymongo import DeleteOne, ReplaceOne, UpdateOne

from gateway.errors import Busy
from gateway.fhir import fhir_json
from gateway.store.feed.followers import LEASE_SECONDS, Lease, LeaseLost
from gateway.store.internal.collections import drop_retired_indexes
from gateway.store.layout.fields import DELETED, ID, MAPPED_TO, TYPE, VERSION
from gateway.store.layout.records import DocumentMappings, MappedDocument, Stored
from gateway.store.layout.schema import RESOURCES, VERSION_FIELDS, Database, Document
from gateway.store.layout.stored import internal_document, mapped_to, stored
from gateway.store.read.streams import MAPPED, batches, concerned, retired, without_resource
from gateway.store.write import duplicates
from gateway.store.write.commit import Commits
from gateway.store.write.transaction import DatabaseTransaction

BATCH_BYTES = 8 * 1024 * 1024
"""Bytes of resources after which a batch is written."""
PASSES = 3
"""How often all resources are looked at, at most: a writer that began with the former mappings may commit meanwhile."""

Tell = Callable[[int, int], None]
"""Is called after each batch with the number of resources that were looked at, and the number of all."""

Operation = ReplaceOne[Document] | DeleteOne | UpdateOne
Existing = dict[str, dict[str, tuple[str | None, int]]]
"""By key of the resource and by collection: (stamp, version) of the stored document."""


@dataclass
class Applied:
    """Counts of a run.

    resources: the number of resources that were looked at.
    made, removed: the numbers of documents.
    left: the number of resources that another process keeps mapping in another way.
    dropped: the collections that were removed.
    """

    resources: int = 0
    made: int = 0
    removed: int = 0
    left: int = 0
    dropped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MappedResource:
    """A resource as it was read, and the documents that the mappings make of it."""

    stored: Stored
    projections: Sequence[MappedDocument]

    @property
    def key(self) -> str:
        """`Type/id`."""
        return f"{self.stored.type}/{self.stored.id}"


async def apply(database: Database, mappings: DocumentMappings, commits: Commits, tell: Tell) -> Applied:
    """Make, replace and remove documents until all agree with `mappings`.

    The collections of `mappings` must exist already. Raises Busy if another process does the same, or takes over.
    """
    lease = Lease(database, "map apply")
    await _acquire(lease)
    work = asyncio.create_task(_Remap(database, mappings, commits, tell).run())
    keep = asyncio.create_task(lease.keep())
    try:
        await asyncio.wait({work, keep}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise Busy("The lease was lost; nothing was harmed. Run it again.")
        return work.result()
    finally:
        for task in (work, keep):
            task.cancel()
        for error in await asyncio.gather(work, keep, return_exceptions=True):
            if isinstance(error, LeaseLost):
                raise Busy("Another process applies the mappings now.") from None
        await lease.release()


async def _acquire(lease: Lease) -> None:
    """Acquire the lease, waiting as long as a process that was killed may hold it. Raises Busy."""
    for _ in range(int(LEASE_SECONDS) + 3):
        if await lease.acquire() is not None:
            return
        await asyncio.sleep(1)
    raise Busy("Another process is applying the mappings already.")


class _Remap:
    """One run."""

    def __init__(self, database: Database, mappings: DocumentMappings, commits: Commits, tell: Tell) -> None:
        self.database, self.mappings, self.commits, self.tell = database, mappings, commits, tell
        self.stamps = dict(mappings.stamps)
        self.collections: dict[str, list[str]] = defaultdict(list)
        for collection, type_ in mappings.collections.items():
            self.collections[type_].append(collection)
        self.applied = Applied()

    async def run(self) -> Applied:
        # Before the passes, which may empty these collections: afterwards they would not be found, and not be dropped.
        retired_before = await retired(self.database, self.mappings)
        for _ in range(PASSES):
            self.applied.left = await self._pass()
            if not self.applied.left:
                break
        for name in {*retired_before, *await retired(self.database, self.mappings)}:
            await self._empty(name)
        for name in self.mappings.collections:
            await self._remove_orphans(name)
        for name, indexes in self.mappings.indexes.items():
            await drop_retired_indexes(self.database, name, indexes)
        return self.applied

    async def _pass(self) -> int:
        """Look at all resources once. Return the number of those that were not in order."""
        resources = concerned(self.mappings)
        total, done, corrected = await self.database[RESOURCES].count_documents(resources), 0, 0
        self.applied.resources = total
        async for batch in batches(self.database, RESOURCES, resources, {TYPE: 1, ID: 1, VERSION: 1, MAPPED_TO: 1}):
            corrected += await self._correct(batch)
            done += len(batch)
            self.tell(done, max(done, total))
        return corrected

    async def _correct(self, batch: Sequence[Document]) -> int:
        """Write the documents of those resources that are not in order. Return their number."""
        existing = await self._existing(batch)
        doubtful = {
            resource["_id"]: resource
            for resource in batch
            if not self._in_order(resource, self.collections.get(resource[TYPE], ()), existing)
        }
        corrected, waiting, size = 0, list[MappedResource](), 0
        async for mapped in self._map([*doubtful]):
            resource = doubtful[mapped.key]
            collections = [projection.collection for projection in mapped.projections]
            if mapped.stored.version != resource[VERSION] or self._in_order(resource, collections, existing):
                continue
            waiting.append(mapped)
            size += len(mapped.stored.body)
            if size > BATCH_BYTES:
                corrected += await self._write(waiting)
                waiting, size = [], 0
        return corrected + (await self._write(waiting) if waiting else 0)

    def _in_order(self, resource: Document, collections: Iterable[str], existing: Existing) -> bool:
        """Return whether a resource has documents of its version and of the present mappings in just these
        collections."""
        documents = existing[resource["_id"]]
        expected = {name: (self.stamps[name], resource[VERSION]) for name in collections}
        return expected.keys() == {*mapped_to(resource)} and expected.items() <= documents.items()

    async def _existing(self, batch: Sequence[Document]) -> Existing:
        ids: dict[str, list[str]] = defaultdict(list)
        for resource in batch:
            ids[resource[TYPE]].append(resource[ID])
        existing: Existing = defaultdict(dict)
        for type_, ids_of_type in ids.items():
            for name in self.collections.get(type_, ()):
                documents = self.database[name].find({"_id": {"$in": ids_of_type}, "fhir.type": type_}, {"fhir": 1})
                async for document in documents:
                    reflects = document["fhir"]
                    existing[f"{type_}/{document['_id']}"][name] = reflects.get("mapping"), reflects["version"]
        return existing

    async def _map(self, keys: Sequence[str]) -> AsyncIterator[MappedResource]:
        async for document in self.database[RESOURCES].find({"_id": {"$in": keys}, DELETED: False}, VERSION_FIELDS):
            resource = stored(document)
            yield MappedResource(resource, self.mappings.get(fhir_json.parse(resource.body)))
            await asyncio.sleep(0)  # mapping is synchronous: other tasks get their turn between resources

    async def _write(self, mapped: Sequence[MappedResource]) -> int:
        made, removed = await self.commits.persist(partial(_replace, mapped))
        self.applied.made += made
        self.applied.removed += removed
        return len(mapped)

    async def _empty(self, name: str) -> None:
        """Remove the documents of a collection that no mapping has any more, and the collection if it is empty then."""
        self.applied.removed += (await self.database[name].delete_many(MAPPED)).deleted_count
        if await self.database[name].find_one({}, {"_id": 1}) is None:
            await self.database[name].drop()
            self.applied.dropped.append(name)

    async def _remove_orphans(self, name: str) -> None:
        """Remove the documents of a collection whose resource was deleted, or is not mapped to it."""
        async for batch in batches(self.database, name, MAPPED, {"fhir.type": 1}):
            if orphans := await without_resource(self.database, name, batch):
                self.applied.removed += await self.commits.persist(partial(_remove, name, orphans))


async def _replace(mapped: Sequence[MappedResource], transaction: DatabaseTransaction) -> tuple[int, int]:
    """Write the documents, except those of resources that have changed meanwhile. Return how many were made and
    removed."""
    await transaction.enter(0)
    keys = [resource.key for resource in mapped]
    documents_of_resources = transaction.database[RESOURCES].find(
        {"_id": {"$in": keys}, DELETED: False}, {VERSION: 1, MAPPED_TO: 1}, session=transaction.session
    )
    current = {document["_id"]: document async for document in documents_of_resources}
    operations: dict[str, list[Operation]] = defaultdict(list)
    fingerprinted: dict[str, list[Document]] = defaultdict(list)
    for resource in mapped:
        document = current.get(resource.key)
        if document and document[VERSION] == resource.stored.version:
            _add_operations(resource, mapped_to(document), operations, fingerprinted)
    for name, documents in fingerprinted.items():
        await duplicates.mark(transaction.database, name, documents, transaction.session)
    counts = [0, 0]
    for name, operations_in_collection in operations.items():
        result = await transaction.database[name].bulk_write(
            operations_in_collection, ordered=False, session=transaction.session
        )
        if name != RESOURCES:
            counts[0] += result.matched_count + result.upserted_count
            counts[1] += result.deleted_count
    transaction.wrote = bool(operations)
    return counts[0], counts[1]


def _add_operations(
    mapped: MappedResource,
    before: Sequence[str],
    operations: dict[str, list[Operation]],
    fingerprinted: dict[str, list[Document]],
) -> None:
    version, after = mapped.stored, [projection.collection for projection in mapped.projections]
    for projection in mapped.projections:
        document = internal_document(projection, version)
        if duplicates.has_fingerprint(document):
            fingerprinted[projection.collection].append(document)
        operations[projection.collection].append(ReplaceOne({"_id": version.id}, document, upsert=True))
    for name in {*before} - {*after}:
        operations[name].append(DeleteOne({"_id": version.id, "fhir.type": version.type}))
    if before != after:
        change: dict[str, Any] = {"$set": {MAPPED_TO: after}} if after else {"$unset": {MAPPED_TO: 1}}
        operations[RESOURCES].append(UpdateOne({"_id": mapped.key}, change))


async def _remove(name: str, orphans: Sequence[Document], transaction: DatabaseTransaction) -> int:
    """Remove those of `orphans` that still are orphans inside the transaction. Return their number."""
    await transaction.enter(0)
    still = await without_resource(transaction.database, name, orphans, transaction.session)
    if not still:
        return 0
    deletions = [DeleteOne({"_id": orphan["_id"], "fhir.type": orphan["fhir"]["type"]}) for orphan in still]
    transaction.wrote = True
    return (await transaction.database[name].bulk_write(deletions, session=transaction.session)).deleted_count
