"""Bringing the internal documents in line with the mappings of today: what `gateway map apply` runs.

Every document says which mapping made it, so what is left to do can be told from the database alone: a run that was
killed is taken up by the next one where it stopped. Documents are derived; resources, history and feed are not
touched but for `m`. Each batch takes its turn among the transactions of all writers (see transaction), so it neither
overwrites what is newer nor is overwritten by what is older, and nobody waits longer than for one batch.
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
from gateway.store.layout.records import Mappings, Projection, Stored
from gateway.store.layout.schema import RESOURCES, VERSION_FIELDS, Database, Document
from gateway.store.layout.stored import internal_document, mapped_to, stored
from gateway.store.read.streams import OURS, batches, concerned, retired, without_resource
from gateway.store.write import duplicates
from gateway.store.write.commit import Commits
from gateway.store.write.transaction import Transaction

BATCH_BYTES = 8 * 1024 * 1024
PASSES = 3
"""A writer that began with the mappings of before may commit behind our back, so what was done is looked at again."""

Tell = Callable[[int, int], None]
"""Is told how many resources were looked at, and of how many."""

Operation = ReplaceOne[Document] | DeleteOne | UpdateOne
There = dict[str, dict[str, tuple[str | None, int]]]
"""Key of a resource -> collection -> (stamp, version) of the document that is there."""


@dataclass
class Applied:
    """`made` and `removed` count documents; `left` resources that others keep mapping in another way."""

    resources: int = 0
    made: int = 0
    removed: int = 0
    left: int = 0
    dropped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Remade:
    """A resource as it was read, and what the mappings make of it."""

    stored: Stored
    projections: Sequence[Projection]

    @property
    def key(self) -> str:
        return f"{self.stored.type}/{self.stored.id}"


async def apply(database: Database, mappings: Mappings, commits: Commits, tell: Tell) -> Applied:
    """Raises Busy when somebody else does the same, or takes over. The collections are there already."""
    lease = Lease(database, "map apply")
    await _acquired(lease)
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


async def _acquired(lease: Lease) -> None:
    """One that was killed holds its lease until it runs out."""
    for _ in range(int(LEASE_SECONDS) + 3):
        if await lease.acquire() is not None:
            return
        await asyncio.sleep(1)
    raise Busy("Another process is applying the mappings already.")


class _Remap:
    def __init__(self, database: Database, mappings: Mappings, commits: Commits, tell: Tell) -> None:
        self.database, self.mappings, self.commits, self.tell = database, mappings, commits, tell
        self.stamps = dict(mappings.stamps)
        self.collections: dict[str, list[str]] = defaultdict(list)
        for collection, type_ in mappings.collections.items():
            self.collections[type_].append(collection)
        self.applied = Applied()

    async def run(self) -> Applied:
        gone = await retired(self.database, self.mappings)
        for _ in range(PASSES):
            self.applied.left = await self._pass()
            if not self.applied.left:
                break
        for name in {*gone, *await retired(self.database, self.mappings)}:
            await self._empty(name)
        for name in self.mappings.collections:
            await self._remove_orphans(name)
        for name, indexes in self.mappings.indexes.items():
            await drop_retired_indexes(self.database, name, indexes)
        return self.applied

    async def _pass(self) -> int:
        """How many resources were not in order."""
        wanted = concerned(self.mappings)
        total, done, found = await self.database[RESOURCES].count_documents(wanted), 0, 0
        self.applied.resources = total
        async for batch in batches(self.database, RESOURCES, wanted, {"t": 1, "i": 1, "v": 1, "m": 1}):
            found += await self._bring_in_line(batch)
            done += len(batch)
            self.tell(done, max(done, total))
        return found

    async def _bring_in_line(self, batch: Sequence[Document]) -> int:
        there = await self._there(batch)
        doubtful = {
            one["_id"]: one for one in batch if not self._in_order(one, self.collections.get(one["t"], ()), there)
        }
        found, waiting, size = 0, list[Remade](), 0
        async for remade in self._remade([*doubtful]):
            known = doubtful[remade.key]
            made = [projection.collection for projection in remade.projections]
            if remade.stored.version != known["v"] or self._in_order(known, made, there):
                continue
            waiting.append(remade)
            size += len(remade.stored.body)
            if size > BATCH_BYTES:
                found += await self._write(waiting)
                waiting, size = [], 0
        return found + (await self._write(waiting) if waiting else 0)

    def _in_order(self, resource: Document, collections: Iterable[str], there: There) -> bool:
        """Whether it is mapped to just these, each with the document that today's mapping makes of this version."""
        found = there[resource["_id"]]
        wanted = {name: (self.stamps[name], resource["v"]) for name in collections}
        return wanted.keys() == {*mapped_to(resource)} and wanted.items() <= found.items()

    async def _there(self, batch: Sequence[Document]) -> There:
        ids: dict[str, list[str]] = defaultdict(list)
        for resource in batch:
            ids[resource["t"]].append(resource["i"])
        there: There = defaultdict(dict)
        for type_, wanted in ids.items():
            for name in self.collections.get(type_, ()):
                documents = self.database[name].find({"_id": {"$in": wanted}, "fhir.type": type_}, {"fhir": 1})
                async for document in documents:
                    reflects = document["fhir"]
                    there[f"{type_}/{document['_id']}"][name] = reflects.get("mapping"), reflects["version"]
        return there

    async def _remade(self, keys: Sequence[str]) -> AsyncIterator[Remade]:
        async for document in self.database[RESOURCES].find({"_id": {"$in": keys}, "x": False}, VERSION_FIELDS):
            resource = stored(document)
            yield Remade(resource, self.mappings.get(fhir_json.parse(resource.body)))
            await asyncio.sleep(0)  # where others live in the same process, they get their turn

    async def _write(self, remade: Sequence[Remade]) -> int:
        made, removed = await self.commits.persist(partial(_replace, remade))
        self.applied.made += made
        self.applied.removed += removed
        return len(remade)

    async def _empty(self, name: str) -> None:
        """Removes all documents of a collection that no mapping has any more, and the collection unless it holds
        something else."""
        self.applied.removed += (await self.database[name].delete_many(OURS)).deleted_count
        if await self.database[name].find_one({}, {"_id": 1}) is None:
            await self.database[name].drop()
            self.applied.dropped.append(name)

    async def _remove_orphans(self, name: str) -> None:
        async for batch in batches(self.database, name, OURS, {"fhir.type": 1}):
            if orphans := await without_resource(self.database, name, batch):
                self.applied.removed += await self.commits.persist(partial(_remove, name, orphans))


async def _replace(remade: Sequence[Remade], transaction: Transaction) -> tuple[int, int]:
    """How many documents were made and removed; those of resources that have changed meanwhile are left alone."""
    await transaction.enter(0)
    keys = [one.key for one in remade]
    found = transaction.database[RESOURCES].find(
        {"_id": {"$in": keys}, "x": False}, {"v": 1, "m": 1}, session=transaction.session
    )
    current = {one["_id"]: one async for one in found}
    operations: dict[str, list[Operation]] = defaultdict(list)
    fingerprinted: dict[str, list[Document]] = defaultdict(list)
    for one in remade:
        now = current.get(one.key)
        if now and now["v"] == one.stored.version:
            _bring(one, mapped_to(now), operations, fingerprinted)
    for name, documents in fingerprinted.items():
        await duplicates.mark(transaction.database, name, documents, transaction.session)
    counts = [0, 0]
    for name, wanted in operations.items():
        result = await transaction.database[name].bulk_write(wanted, ordered=False, session=transaction.session)
        if name != RESOURCES:
            counts[0] += result.matched_count + result.upserted_count
            counts[1] += result.deleted_count
    transaction.wrote = bool(operations)
    return counts[0], counts[1]


def _bring(
    remade: Remade,
    before: Sequence[str],
    operations: dict[str, list[Operation]],
    fingerprinted: dict[str, list[Document]],
) -> None:
    of, after = remade.stored, [projection.collection for projection in remade.projections]
    for projection in remade.projections:
        document = internal_document(projection, of)
        if duplicates.has_fingerprint(document):
            fingerprinted[projection.collection].append(document)
        operations[projection.collection].append(ReplaceOne({"_id": of.id}, document, upsert=True))
    for name in {*before} - {*after}:
        operations[name].append(DeleteOne({"_id": of.id, "fhir.type": of.type}))
    if before != after:
        change: dict[str, Any] = {"$set": {"m": after}} if after else {"$unset": {"m": 1}}
        operations[RESOURCES].append(UpdateOne({"_id": remade.key}, change))


async def _remove(name: str, orphans: Sequence[Document], transaction: Transaction) -> int:
    await transaction.enter(0)
    still = await without_resource(transaction.database, name, orphans, transaction.session)
    if not still:
        return 0
    wanted = [DeleteOne({"_id": one["_id"], "fhir.type": one["fhir"]["type"]}) for one in still]
    transaction.wrote = True
    return (await transaction.database[name].bulk_write(wanted, session=transaction.session)).deleted_count
