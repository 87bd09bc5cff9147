"""Gather the database operations for decisions by collection, so that few calls carry many operations each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession

from gateway import event_loop
from gateway.store.bookkeeping.links import link_document
from gateway.store.layout import encoding
from gateway.store.layout.schema import FEED, LINKS, RESOURCES, STATE, VERSIONS, Database, Document
from gateway.store.layout.stored import internal_document, mapped_to, superseded_document
from gateway.store.write import duplicates
from gateway.store.write.decide import Decided, feed_document, resource_document

Operation = TypeVar("Operation")
"""What `_portions` splits: documents to insert, or operations of a bulk write."""

_AT_ONCE = 500
"""Operations in one call to the database: as many as a group of small writes has."""


class Operations:
    """Inserts, replacements and deletions that wait to be written.

    replace_foreign: whether new internal documents may replace those that other mappings left behind under the same id.
    """

    def __init__(self, *, replace_foreign: bool = False) -> None:
        self.replace_foreign = replace_foreign
        self.fingerprinted: dict[str, list[Document]] = defaultdict(list)
        self.replaced: dict[str, dict[str, Document | None]] = defaultdict(dict)
        self.inserts: dict[str, list[Document]] = defaultdict(list)
        self.replacements: dict[str, list[Document]] = defaultdict(list)
        self.deletions: dict[str, list[DeleteOne]] = defaultdict(list)
        self._large: set[str] = set()

    def add(self, decided: Sequence[Decided], state: Mapping[str, Any], seq: int) -> int:
        """Add one unit. Return the position of the feed that it uses last.

        seq: the position that was used last before.
        """
        for decision in decided:
            if decision.change:
                seq += 1
                self._add_change(decision, seq)
            link, stored = decision.prepared.write.link, decision.result.stored
            if link and stored:
                self._put(LINKS, link_document(link, stored))
        for key, value in state.items():
            self._put(STATE, {"_id": key, "value": value})
        return seq

    def _add_change(self, decided: Decided, seq: int) -> None:
        if decided.prepared.size > event_loop.LARGE and decided.result.stored:
            self._large |= {decided.prepared.key, decided.result.stored.id}
        self.inserts[FEED].append(feed_document(decided, seq))
        if decided.current is None:
            self.inserts[RESOURCES].append(resource_document(decided))
        else:
            self.inserts[VERSIONS].append(superseded_document(decided.current))
            self._put(RESOURCES, resource_document(decided))
        self._add_internal(decided)

    def _add_internal(self, decided: Decided) -> None:
        new, before = decided.result.stored, mapped_to(decided.current)
        assert new is not None
        for projection in decided.projections:
            document = internal_document(projection, new)
            if duplicates.has_fingerprint(document):
                self.fingerprinted[projection.collection].append(document)
            if projection.collection in before:
                self.replaced[projection.collection][new.id] = document
            if self.replace_foreign or projection.collection in before:
                self._put(projection.collection, document)
            else:
                self.inserts[projection.collection].append(document)
        for name in {*before} - {projection.collection for projection in decided.projections}:
            self.replaced[name][new.id] = None
            self.deletions[name].append(DeleteOne({"_id": new.id, "fhir.type": new.type}))

    def _put(self, collection: str, document: Document) -> None:
        self.replacements[collection].append(document)

    async def write(self, database: Database, session: AsyncClientSession) -> bool:
        """Write all. Return False if there was nothing to write."""
        for name in {**self.fingerprinted, **self.replaced}:
            await duplicates.find_duplicates(database, name, self.fingerprinted[name], self.replaced[name], session)
        for name, documents in self.inserts.items():
            for portion in _portions(documents):
                encoded = [await self._encoded(document) for document in portion]
                await database[name].insert_many(encoded, ordered=False, session=session)
        for name in {**self.replacements, **self.deletions}:
            operations: list[ReplaceOne[Document] | DeleteOne] = [*self.deletions[name]]
            for document in self.replacements[name]:
                encoded_document = await self._encoded(document)
                operations.append(ReplaceOne({"_id": document["_id"]}, encoded_document, upsert=True))
            for portion_of_operations in _portions(operations):
                await database[name].bulk_write(portion_of_operations, ordered=False, session=session)
        return bool(self.inserts or self.replacements or self.deletions)

    async def _encoded(self, document: Document) -> Document | RawBSONDocument:
        """Return `document` for the driver: encoded already if its resource is large, since encoding blocks the
        loop."""
        if document["_id"] not in self._large:
            return document
        return await event_loop.in_commit_thread(partial(encoding.encode, document))


def _portions(items: Sequence[Operation]) -> Iterator[Sequence[Operation]]:
    """Split `items`, because the driver encodes all items of a call at once and blocks the event loop meanwhile."""
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
