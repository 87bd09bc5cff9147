"""The store: FHIR resources, their history, their search index and the internal documents, in MongoDB.

`Store` is the whole of it for the stages above; each method is one call to the module that does the work. While the
database does not answer they wait for it a while, then raise Busy.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gateway import budget, errors, event_loop
from gateway.mapping import Mappings as LoadedMappings
from gateway.store.audit import audit as auditing
from gateway.store.bookkeeping.small import SmallRecords
from gateway.store.feed.feed import Feed
from gateway.store.feed.followers import Follower, Handle, cursors
from gateway.store.find import everything, search
from gateway.store.find.text_index import TextIndex
from gateway.store.internal import collections, document_classes, remap
from gateway.store.internal import diff as differing
from gateway.store.internal import quality as counting
from gateway.store.internal.internal_documents import InternalDocuments
from gateway.store.layout import schema
from gateway.store.layout.records import (
    Change,
    Condition,
    ConditionChanged,
    HistoryEntry,
    HistoryPage,
    Key,
    Letter,
    Link,
    Linked,
    Mappings,
    Result,
    Stored,
    Write,
)
from gateway.store.layout.refusal import answering
from gateway.store.layout.schema import Database
from gateway.store.read import labels, read
from gateway.store.read.history import Span, history
from gateway.store.server import connect
from gateway.store.write import integrity
from gateway.store.write.commit import Commits
from gateway.store.write.conditions import Matches, broken
from gateway.store.write.decide import prepare
from gateway.store.write.group import GroupCommit
from gateway.store.write.unit import Unit

if TYPE_CHECKING:
    from gateway.search.operations.everything import Extent
    from gateway.search.query import Query
    from gateway.store.find.search import Page

__all__ = [
    "Change",
    "Condition",
    "ConditionChanged",
    "HistoryEntry",
    "HistoryPage",
    "Letter",
    "Link",
    "Linked",
    "Result",
    "Store",
    "Stored",
    "Write",
]


class Store(SmallRecords, InternalDocuments):
    """One open database. Make it with `open`; it is also an async context manager that closes itself."""

    def __init__(self, client: connect.Client, database: Database, mappings: Mappings) -> None:
        self.client, self.database, self.mappings = client, database, mappings
        self._feed = Feed(database)
        self._reads = read.Reads(database)
        self._matches = Matches(database)
        self._text_index = TextIndex(database, self._feed)
        self._commits = Commits(database, partial(broken, database), self._feed.notice)
        self._group = GroupCommit(self._commits.run)
        self._closed = False

    @classmethod
    async def open(cls, uri: str, database: str, mappings: Mappings) -> Self:
        """Connects, and makes collections and indexes. Raises ConfigurationError if that is not possible."""
        client, handle = await connect.connect(uri, database)
        with connect.told(uri, database):
            await schema.create(handle)
        document_classes.binding().bind(client, handle)
        store = cls(client, handle, mappings)
        await store.use(mappings)
        return store

    @answering
    async def use(self, mappings: Mappings) -> None:
        """Maps by these from now on; a commit under way keeps those it began with."""
        await collections.create(self.database, mappings)
        await counting.index(self.database, mappings.collections)
        self.mappings = mappings
        if isinstance(mappings, LoadedMappings):
            document_classes.binding().use(mappings)

    async def apply(self, tell: remap.Tell) -> remap.Applied:
        """Brings all internal documents in line with the mappings; see gateway.store.internal.remap."""
        commits = Commits(self.database, partial(broken, self.database), self._feed.notice)
        try:
            return await remap.apply(self.database, self.mappings, commits, tell)
        finally:
            await commits.close()

    @answering
    async def diff(self, mappings: Mappings, samples: int, tell: remap.Tell) -> differing.Difference:
        """What these mappings would change in the internal documents; see gateway.store.internal.diff."""
        return await differing.diff(self.database, mappings, samples, tell)

    async def close(self) -> None:
        """Commit the writes that wait, then disconnect; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await self._group.close()
        await self._commits.close()
        await self._feed.close()
        document_classes.binding().unbind(self.client)
        await self.client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @answering
    async def ping(self) -> None:
        """Raises Busy when the database does not answer."""
        await self.client.admin.command("ping")

    @answering
    async def drop(self) -> None:
        """Removes the database with everything in it."""
        await self.client.drop_database(self.database.name)

    # --- writing

    async def commit(self, *writes: Write, state: Mapping[str, Any] | None = None) -> list[Result]:
        """Writes all or nothing, durable on a majority when it returns; one Result per Write, in order.

        state: records for `get_state`, stored in the same transaction.
        Raises PreconditionFailed, ConditionChanged (a Conflict), Invalid, TooLarge, TooCostly or Busy; then nothing is
        written.
        If a single write is at fault, the error's `write` is its position.
        """
        prepared, mappings = [], self.mappings
        for number, write in enumerate(writes):
            budget.check()
            with errors.about_write(number):
                prepared.append(await event_loop.run(partial(prepare, write, mappings), write.resource))
        unit = Unit(prepared, state or {})
        if len(unit.keys) != len(prepared) + len(unit.state):
            raise errors.BadRequest("A resource may occur only once in a transaction.")
        results = list(await self._group.submit(unit))
        if allowance := budget.current():
            allowance.extend()
        return results

    # --- reading resources

    @answering
    async def read(self, type_: str, id_: str) -> Stored | None:
        """The current version, `deleted` if that is what happened last; None if there never was one."""
        return await self._reads.one(type_, id_)

    @answering
    async def read_many(self, keys: Iterable[Key]) -> dict[Key, Stored]:
        return await self._reads.many(keys)

    @answering
    async def vread(self, type_: str, id_: str, version: int) -> Stored | None:
        return await self._reads.version(type_, id_, version)

    @answering
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
        """See gateway.store.read.history.history."""
        return await history(
            self.database, type_, id_, since=since, at=at, keys=keys, count=count, before=before, total=total
        )

    @answering
    async def search(self, query: "Query") -> "Page":
        await self._text_index.ready(query)
        return await search.run(self.database, query)

    @answering
    async def everything(self, extent: "Extent") -> "Page":
        """See gateway.store.find.everything.run."""
        return await everything.run(self.database, extent)

    @answering
    async def matches(self, query: "Query", limit: int = 2) -> list[str]:
        """The ids of at most `limit` resources that match."""
        await self._text_index.ready(query)
        return await self._matches.ids(query, limit)

    @answering
    async def counts(self) -> dict[str, int]:
        """How many live resources there are of each type."""
        return await read.counts(self.database)

    @answering
    async def labels(self, types: Collection[str]) -> Mapping[str, list[tuple[str, str]]]:
        """The profiles, tags and security labels in use; see gateway.store.read.labels."""
        return await labels.labels(self.database, types)

    @answering
    async def loose_references(self) -> list[integrity.Loose]:
        """Reads the whole database; see gateway.store.write.integrity.loose."""
        return await integrity.loose(self.database)

    # --- the feed

    @answering
    async def after(self, seq: int, limit: int) -> list[Change]:
        return await self._feed.after(seq, limit)

    @answering
    async def head(self) -> int:
        return await self._feed.head()

    @answering
    async def newest(self) -> datetime | None:
        """Return the `meta.lastUpdated` of the latest version, None if nothing was ever stored."""
        return await self._feed.newest()

    async def wait(self, seq: int, timeout: float) -> bool:
        return await self._feed.wait(seq, timeout)

    async def follow(self, name: str, handle: Handle, *, batch: int = 500, stop: asyncio.Event) -> None:
        """Hands every change to `handle`, in order and at least once, until `stop`."""
        await Follower(self.database, self._feed, name, handle, batch).run(stop)

    async def keep_words(self, stop: asyncio.Event) -> None:
        """Keep the text index up to date while the feed is quiet, until `stop`."""
        await self._text_index.keep(stop)

    @answering
    async def position(self, follower: str) -> int:
        """How far one follower has come; 0 if it never ran."""
        return (await cursors(self.database)).get(follower, 0)

    @answering
    async def cursors(self) -> dict[str, int]:
        """How far each follower has come."""
        return await cursors(self.database)

    @answering
    async def audit(self) -> auditing.Audit:
        """Reads the whole database; see gateway.store.audit.audit."""
        return await auditing.audit(self.database, self.mappings)
