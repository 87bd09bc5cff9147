"""The methods of `Store` for the internal documents that the mappings make."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.store.internal import internal
from gateway.store.internal import quality as counting
from gateway.store.layout.records import Mappings
from gateway.store.layout.refusal import answering
from gateway.store.layout.schema import Database, Document


class InternalDocuments:
    """A part of `Store`."""

    database: Database
    mappings: Mappings

    @answering
    async def find_document(self, collection: str, id_: str) -> Document | None:
        return await internal.one(self.database, collection, id_)

    @answering
    async def find_documents(
        self,
        collection: str,
        filter_: Mapping[str, Any],
        sort: internal.Sort = (),
        limit: int = 50,
        after: Sequence[Any] | None = None,
    ) -> list[Document]:
        """See gateway.store.internal.internal.many."""
        return await internal.many(self.database, collection, filter_, sort, limit, after)

    @answering
    async def count_documents(self, collection: str, filter_: Mapping[str, Any] | None = None) -> int:
        """Count all documents, from metadata, or those that match a filter."""
        if filter_ is None:
            return await internal.count(self.database, collection)
        return await internal.count_of(self.database, collection, filter_)

    @answering
    async def stale_documents(self) -> dict[str, int | None]:
        """Count the documents that wait for `gateway map apply`, by collection."""
        stamps = {name: self.mappings.stamps[name] for name in self.mappings.collections}
        return await internal.stale(self.database, stamps)

    @answering
    async def quality(self, collections: Iterable[str], by: Sequence[str], chosen: counting.Chosen) -> counting.Quality:
        """See gateway.store.internal.quality.summary."""
        return await counting.summary(self.database, collections, by, chosen)
