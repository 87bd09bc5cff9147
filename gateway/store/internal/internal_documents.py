"""Read the internal documents that the mappings make, and keep them in line with the mappings.

`store.internal` is an instance. Commits write the documents, by its `mappings`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from gateway.mapping import Mappings
from gateway.store.feed.feed import Feed
from gateway.store.internal import collections, diff, document_classes, quality, queries, remap
from gateway.store.layout.records import DocumentMappings
from gateway.store.layout.refusal import raises_busy
from gateway.store.layout.schema import Database, Document
from gateway.store.write.commit import Commits
from gateway.store.write.conditions import broken


class InternalDocuments:
    """The internal documents, and the mappings that make them."""

    def __init__(self, database: Database, mappings: DocumentMappings, feed: Feed) -> None:
        self.mappings = mappings
        self._database, self._feed = database, feed

    @raises_busy
    async def use(self, mappings: DocumentMappings) -> None:
        """Map by `mappings` from now on. A commit that is under way keeps the mappings it began with."""
        await collections.create(self._database, mappings)
        await quality.create_index(self._database, mappings.collections)
        self.mappings = mappings
        if isinstance(mappings, Mappings):
            document_classes.binding().use(mappings)

    async def apply(self, tell: remap.Tell) -> remap.Applied:
        """Bring all documents in line with the mappings; see gateway.store.internal.remap."""
        commits = Commits(self._database, partial(broken, self._database), self._feed.notice)
        try:
            return await remap.apply(self._database, self.mappings, commits, tell)
        finally:
            await commits.close()

    @raises_busy
    async def diff(self, mappings: DocumentMappings, samples: int, tell: diff.Tell) -> diff.Difference:
        """Compare all documents with those that `mappings` would make; see gateway.store.internal.diff."""
        return await diff.diff(self._database, mappings, samples, tell)

    @raises_busy
    async def find(self, collection: str, id_: str) -> Document | None:
        """Return one document, None if there is none of this id."""
        return await queries.find(self._database, collection, id_)

    @raises_busy
    async def find_many(
        self,
        collection: str,
        filter_: Mapping[str, Any],
        sort: queries.Sort = (),
        limit: int = 50,
        after: Sequence[Any] | None = None,
    ) -> list[Document]:
        """Return a page of documents; see gateway.store.internal.queries.find_many."""
        return await queries.find_many(self._database, collection, filter_, sort, limit, after)

    @raises_busy
    async def count(self, collection: str, filter_: Mapping[str, Any] | None = None) -> int:
        """Count all documents, from metadata, or those that match a filter."""
        if filter_ is None:
            return await queries.count_all(self._database, collection)
        return await queries.count(self._database, collection, filter_)

    @raises_busy
    async def stale(self) -> dict[str, int | None]:
        """Count the documents that wait for `gateway map apply`, by collection; None where counting takes too long."""
        stamps = {name: self.mappings.stamps[name] for name in self.mappings.collections}
        return await queries.count_stale(self._database, stamps)

    @raises_busy
    async def quality(
        self, collections_: Iterable[str], by: Sequence[str], which: quality.FindingFilter
    ) -> quality.Quality:
        """Count the findings in documents; see gateway.store.internal.quality.summary."""
        return await quality.summary(self._database, collections_, by, which)
