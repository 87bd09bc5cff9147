"""Read resources: by id, by search, and as history.

`store.resources` is an instance. Writing goes through `Store.commit`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.store.audit import loose_references
from gateway.store.find import everything, search
from gateway.store.find.text_index import TextIndex
from gateway.store.layout.records import HistoryPage, Key, Stored
from gateway.store.layout.refusal import raises_busy
from gateway.store.layout.schema import Database
from gateway.store.read import labels, read
from gateway.store.read.history import Span, history
from gateway.store.write.conditions import Matches

if TYPE_CHECKING:
    from gateway.search.operations.everything import Extent
    from gateway.search.query import Query
    from gateway.store.find.search import Page


class Resources:
    """The stored resources, for reading."""

    def __init__(self, database: Database, text_index: TextIndex) -> None:
        self._database, self._text_index = database, text_index
        self._reads = read.Reads(database)
        self._matches = Matches(database)

    @raises_busy
    async def read(self, type_: str, id_: str) -> Stored | None:
        """Return the current version, which may be a deletion; None if the resource never existed."""
        return await self._reads.current(type_, id_)

    @raises_busy
    async def read_many(self, keys: Iterable[Key]) -> dict[Key, Stored]:
        """Return the current versions, deletions included, of those `keys` that ever existed."""
        return await self._reads.many(keys)

    @raises_busy
    async def vread(self, type_: str, id_: str, version: int) -> Stored | None:
        """Return one version, which may be a deletion; None if it does not exist."""
        return await self._reads.version(type_, id_, version)

    @raises_busy
    async def history(
        self,
        type_: str | None,
        id_: str | None,
        *,
        since: datetime | None = None,
        at: Sequence[Span] = (),
        keys: Collection[Key] | None = None,
        count: int = 50,
        before: int | None = None,
        total: int | None = None,
    ) -> HistoryPage:
        """Return a page of changes, newest first; see gateway.store.read.history.history."""
        return await history(
            self._database, type_, id_, since=since, at=at, keys=keys, count=count, before=before, total=total
        )

    @raises_busy
    async def search(self, query: "Query") -> "Page":
        """Return a page of matches and included resources; see gateway.store.find.search.run."""
        await self._text_index.ready(query)
        return await search.run(self._database, query)

    @raises_busy
    async def everything(self, extent: "Extent") -> "Page":
        """Return a page of $everything; see gateway.store.find.everything.run."""
        return await everything.run(self._database, extent)

    @raises_busy
    async def matches(self, query: "Query", limit: int = 2) -> list[str]:
        """Return the ids of at most `limit` resources that match `query`."""
        await self._text_index.ready(query)
        return await self._matches.ids(query, limit)

    @raises_busy
    async def counts(self) -> dict[str, int]:
        """Return the number of live resources by type."""
        return await read.counts(self._database)

    @raises_busy
    async def labels(self, types: Collection[str]) -> Mapping[str, list[tuple[str, str]]]:
        """Return the profiles, tags and security labels in use; see gateway.store.read.labels.labels."""
        return await labels.labels(self._database, types)

    @raises_busy
    async def loose_references(self) -> list[loose_references.LooseReferences]:
        """Return the references that lead nowhere, by reading the whole database."""
        return await loose_references.loose_references(self._database)
