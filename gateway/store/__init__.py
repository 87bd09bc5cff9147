"""Keep FHIR resources, their history, their search index and the internal documents in MongoDB.

`Store` is one open database. Its attributes are what a caller works with:

    resources  read resources: by id, by search, as history
    internal   the internal documents, and the mappings that make them
    feed       the change feed
    links      which resource of ours is which resource of a partner
    imports    which resource of ours is which resource of an import's source
    letters    dead letters
    states     small keyed values
    text_index the index for searches by text, kept up to date while the feed is quiet

`Store.commit` is the only way to write resources. While the database does not answer, calls wait for it for a while and
then raise Busy.
"""

from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

from gateway import budget, errors, event_loop
from gateway.store.audit import audit
from gateway.store.bookkeeping.imports import Imports
from gateway.store.bookkeeping.letters import DeadLetters
from gateway.store.bookkeeping.links import PartnerLinks
from gateway.store.bookkeeping.states import States
from gateway.store.feed.change_feed import ChangeFeed
from gateway.store.feed.feed import Feed
from gateway.store.find.text_index import TextIndex
from gateway.store.internal import document_classes
from gateway.store.internal.internal_documents import InternalDocuments
from gateway.store.layout.create import create_all
from gateway.store.layout.records import (
    Change,
    Condition,
    ConditionChanged,
    DocumentMappings,
    HistoryEntry,
    HistoryPage,
    Letter,
    Link,
    Linked,
    Result,
    Stored,
    Write,
)
from gateway.store.layout.refusal import raises_busy
from gateway.store.layout.schema import Database
from gateway.store.resources import Resources
from gateway.store.server import connect
from gateway.store.write.commit import Commits
from gateway.store.write.conditions import broken
from gateway.store.write.decide import prepare
from gateway.store.write.group import GroupCommit
from gateway.store.write.unit import Unit

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


class Store:
    """One open database. Make it with `open`; it is also an async context manager that closes itself."""

    def __init__(self, client: connect.Client, database: Database, mappings: DocumentMappings) -> None:
        self.client, self.database = client, database
        self._feed = Feed(database)
        self.feed = ChangeFeed(database, self._feed)
        self.text_index = TextIndex(database, self._feed)
        self.resources = Resources(database, self.text_index)
        self.internal = InternalDocuments(database, mappings, self._feed)
        self.links, self.imports = PartnerLinks(database), Imports(database)
        self.letters, self.states = DeadLetters(database), States(database)
        self._commits = Commits(database, partial(broken, database), self._feed.notice)
        self._group = GroupCommit(self._commits.run)
        self._closed = False

    @classmethod
    async def open(cls, uri: str, database: str, mappings: DocumentMappings) -> Self:
        """Connect, and create the missing collections and indexes. Raises ConfigurationError if that is impossible."""
        client, handle = await connect.connect(uri, database)
        with connect.configuration_errors(uri, database):
            await create_all(handle)
        document_classes.binding().bind(client, handle)
        store = cls(client, handle, mappings)
        await store.internal.use(mappings)
        return store

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

    async def commit(self, *writes: Write, state: Mapping[str, Any] | None = None) -> list[Result]:
        """Write all or nothing, durable on a majority on return. Return one Result per Write, in order.

        state: values for `states`, stored in the same transaction.
        Raises PreconditionFailed, ConditionChanged (a Conflict), Invalid, TooLarge, TooCostly or Busy; then nothing is
        written. If a single write is at fault, the error's `write` is its position.
        """
        prepared, mappings = [], self.internal.mappings
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

    @raises_busy
    async def ping(self) -> None:
        """Raise Busy if the database does not answer."""
        await self.client.admin.command("ping")

    @raises_busy
    async def drop(self) -> None:
        """Remove the database with everything in it."""
        await self.client.drop_database(self.database.name)

    @raises_busy
    async def audit(self) -> audit.Audit:
        """Prove that what is stored agrees with itself, reading the whole database; see gateway.store.audit.audit."""
        return await audit.audit(self.database, self.internal.mappings)
