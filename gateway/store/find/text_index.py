"""The text index: a collection that searches by text read, which follows the change feed behind the writers.

Writing a resource does not touch it. It catches up when the feed is quiet; a search that needs it makes it catch up
first, to ACCEPTED_LAG changes before the head of the feed. The cursor moves in the transaction that writes the
documents, so in every snapshot of the database the index is as of its cursor, and the feed tells what changed after it:
the search itself makes the documents of those resources (`recent_changes`). So each page of a search is as of its own
moment, and finds what was written a moment ago.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import bson
import structlog
from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from gateway import event_loop
from gateway.errors import Busy, GatewayError, NotSupported, TooCostly, frames
from gateway.fhir import fhir_json
from gateway.search.indexing.text_document import text_document
from gateway.search.notation.tokens import Filter
from gateway.search.query import Query
from gateway.search.tree.clauses import reads_text
from gateway.store.feed.feed import Feed
from gateway.store.feed.followers import Lease, LeaseLost
from gateway.store.find.snapshot import Snapshot
from gateway.store.layout.records import Change
from gateway.store.layout.schema import FEED, FOLLOWERS, RESOURCES, WORDS, Database, Document

log = structlog.get_logger()

Weigh = Callable[[Document], int]
"""Returns the bytes of a document; called once for each while portions are made."""

CATCH_UP_SECONDS = 20.0
"""How long a search waits for the index to catch up."""
ACCEPTED_LAG = 100
"""Changes behind the feed at which a search no longer waits, but reads them itself."""
MOST_RECENT_CHANGES = 2_000
"""Changes that a search can read itself."""
QUIET_SECONDS, QUIET_CHANGES = 3.0, 30
"""The feed is quiet when it grows by less than QUIET_CHANGES in QUIET_SECONDS."""
_BATCH = 500
"""Changes that are handled together."""
_BYTES_READ, _BYTES_IN_COMMAND = 32_000_000, 3_000_000
"""Bytes of resources that are read together, and of documents that are sent in one command."""
_FIELDS = {"t": 1, "x": 1, "b": 1}
_SIZE = {"size": {"$binarySize": {"$ifNull": ["$b", ""]}}}


class TextIndex:
    """Keeps the text index up to date, in one process at a time."""

    def __init__(self, database: Database, feed: Feed) -> None:
        self._database, self._feed = database, feed
        self._lease = Lease(database, WORDS)
        self._at_work = asyncio.Lock()
        self._work: asyncio.Task[bool] | None = None

    async def ready(self, query: Query) -> None:
        """Catch up if the query searches text, unless it asks for a following page. Raises Busy if that takes too long,
        NotSupported together with `_contained`."""
        if query.page or not any(map(reads_text, query.clauses)):
            return
        if query.contained != "false":
            raise NotSupported("Search parameter '_contained' does not go with a search by words")
        target, deadline = await self._feed.head() - ACCEPTED_LAG, time.monotonic() + CATCH_UP_SECONDS
        while (behind := target - await self._cursor()) > 0:
            if time.monotonic() > deadline:
                raise Busy(
                    f"Searching by words is {behind + ACCEPTED_LAG} changes behind what was written; try again later."
                )
            if self._at_work.locked() or not await self._catch_up_for_all(deadline, target):
                await asyncio.sleep(0.05)

    async def _catch_up_for_all(self, deadline: float, target: int) -> bool:
        """Do the same as `_catch_up`, but go on if the waiting request ends: others wait for the same documents."""
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._catch_up(deadline, target), context=Context())
            self._work.add_done_callback(_seen)
        return await asyncio.shield(self._work)

    async def keep(self, stop: asyncio.Event) -> None:
        """Catch up whenever the feed is quiet, until `stop`. Raises nothing but cancellation."""
        before = 0
        while not stop.is_set():
            try:
                head = await self._feed.head()
                if head - before < QUIET_CHANGES and head > await self._cursor():
                    await self._catch_up(time.monotonic() + QUIET_SECONDS, head)
                    head = await self._feed.head()
                before = head
            except PyMongoError as error:
                log.warning("words interrupted", error=type(error).__name__)
            except Exception as error:  # a fault of ours or of a library: words must be caught up all the same
                log.error("words interrupted", error=type(error).__name__, at=frames(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), QUIET_SECONDS)

    async def _cursor(self) -> int:
        follower = await self._database[FOLLOWERS].find_one({"_id": WORDS}, {"seq": 1})
        return int(follower.get("seq", 0)) if follower else 0

    async def _catch_up(self, deadline: float, target: int) -> bool:
        """Index changes until `target` is reached or the time is up; return False if another process is at it."""
        async with self._at_work:
            seq = await self._lease.acquire()
            if seq is None:
                return False
            try:
                while seq < target and time.monotonic() < deadline:
                    seq = await self._step(seq)
                    await self._lease.renew()
            except LeaseLost:
                return False
            except OperationFailure as error:  # another process wrote the same
                if not error.has_error_label("TransientTransactionError"):
                    raise
                return False
            finally:
                with contextlib.suppress(PyMongoError):
                    await self._lease.release()
            return True

    async def _step(self, seq: int) -> int:
        """Index the changes that follow `seq`; return the cursor after them."""
        changes = await self._that_fit(await self._feed.after(seq, _BATCH))
        if not changes:
            return seq
        keys = list(dict.fromkeys(_key(change) for change in changes))
        resources = await self._database[RESOURCES].find({"_id": {"$in": keys}}, _FIELDS).to_list()
        texts = {document["_id"]: document for document in await _text_documents(resources)}
        writes: list[ReplaceOne[Document] | DeleteOne] = [
            ReplaceOne({"_id": key}, texts[key], upsert=True) if key in texts else DeleteOne({"_id": key})
            for key in keys
        ]
        # The cursor of a new follower is absent, which `$in` with None matches.
        ours = {"_id": WORDS, "owner": self._lease.owner, "seq": seq if seq else {"$in": [0, None]}}
        async with (
            self._database.client.start_session() as session,
            await session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority")),
        ):
            moved = await self._database[FOLLOWERS].update_one(
                ours, {"$set": {"seq": changes[-1].seq}}, session=session
            )
            if not moved.matched_count:
                raise LeaseLost(WORDS)
            await self._database[WORDS].bulk_write(writes, ordered=False, session=session)
        return changes[-1].seq

    async def _that_fit(self, changes: list[Change]) -> list[Change]:
        """Return the first changes, as many as fit into memory and into one transaction, at least one."""
        keys = list({_key(change) for change in changes})
        documents = self._database[RESOURCES].find({"_id": {"$in": keys}}, _SIZE)
        sizes = {document["_id"]: _size(document) async for document in documents}
        totals = accumulate(sizes.get(_key(change), 0) for change in changes)
        return [change for change, total in zip(changes, totals, strict=True) if total <= _BYTES_READ] or changes[:1]


def _seen(work: "asyncio.Task[bool]") -> None:
    """Mark the error as seen: waiting requests get it, and without any it needs no warning."""
    if not work.cancelled():
        work.exception()


def _key(change: Change) -> str:
    return f"{change.type}/{change.id}"


async def _text_documents(resources: Sequence[Document]) -> list[Document]:
    """Make the documents of those resources that are not deleted."""
    documents = []
    for resource in resources:
        if not resource["x"]:
            fields = await event_loop.run(partial(_text_fields, resource), resource["b"])
            documents.append({"_id": resource["_id"], "t": resource["t"], **fields})
    return documents


def _text_fields(document: Document) -> Document:
    """Return the fields of one resource; without words if they cannot be made: one resource must not keep all others
    from being found."""
    try:
        return text_document(fhir_json.parse(bytes(document["b"])))
    except TooCostly:
        raise
    except (GatewayError, AttributeError, TypeError, LookupError, ValueError) as error:  # whose text may quote it
        log.warning("no words", type=document["t"], error=type(error).__name__)
        return {"w": []}


@dataclass(frozen=True, slots=True)
class RecentChanges:
    """The changes that are not yet in the index.

    keys: the keys `Type/id` of the changed resources.
    documents: the documents of those that are not deleted.
    """

    keys: Sequence[str]
    documents: Sequence[Document]


async def recent_changes(snapshot: Snapshot) -> RecentChanges:
    """Return the recent changes as of the snapshot, which keeps them. Raises Busy if there are too many."""
    if WORDS not in snapshot.known:
        snapshot.known[WORDS] = await _recent_changes(snapshot)
    changes: RecentChanges = snapshot.known[WORDS]
    return changes


async def _recent_changes(snapshot: Snapshot) -> RecentChanges:
    cursor = await snapshot.read([{"$match": {"_id": WORDS}}], 1, FOLLOWERS)
    seq = cursor[0].get("seq", 0) if cursor else 0
    after: list[Document] = [
        {"$match": {"_id": {"$gt": seq}}},
        {"$limit": MOST_RECENT_CHANGES + 1},
        {"$project": {"t": 1, "i": 1}},
    ]
    changes = await snapshot.read(after, ACCEPTED_LAG, FEED)
    if len(changes) > MOST_RECENT_CHANGES:
        raise Busy(
            f"Searching by words is more than {MOST_RECENT_CHANGES} changes behind what was written; try again later."
        )
    keys = list(dict.fromkeys(f"{change['t']}/{change['i']}" for change in changes))
    if not keys:
        return RecentChanges((), ())
    sized: list[Document] = [{"$match": {"_id": {"$in": keys}}}, {"$project": _SIZE}]
    documents = []
    for portion in _portions(await snapshot.read(sized, len(keys) + 1), _BYTES_READ, _size):
        by_id = {"$match": {"_id": {"$in": [document["_id"] for document in portion]}}}
        documents += await _text_documents(await snapshot.read([by_id, {"$project": _FIELDS}], len(portion) + 1))
    return RecentChanges(keys, documents)


async def matching_keys(snapshot: Snapshot, recent: RecentChanges, filter_: Filter) -> list[str]:
    """Return the keys of the recent changes that match. MongoDB judges the documents, as it does those of the index."""
    keys: list[str] = []
    for portion in _portions(recent.documents, _BYTES_IN_COMMAND, _encoded_size):
        # Replace one change, whichever, by the documents: a transaction does not support $documents.
        pipeline: list[Document] = [
            {"$limit": 1},
            {"$project": {"given": {"$literal": portion}}},
            {"$unwind": "$given"},
            {"$replaceRoot": {"newRoot": "$given"}},
            {"$match": filter_},
            {"$project": {"_id": 1}},
        ]
        keys += [document["_id"] for document in await snapshot.read(pipeline, len(portion) + 1, FEED)]
    return keys


def _portions(documents: Sequence[Document], room: int, weigh: Weigh) -> Iterator[list[Document]]:
    """Yield the documents in portions of at most `room` bytes, or of one document."""
    portion, size = list[Document](), 0
    for document in documents:
        weight = weigh(document)
        if portion and size + weight > room:
            yield portion
            portion, size = [], 0
        portion.append(document)
        size += weight
    if portion:
        yield portion


def _size(document: Document) -> int:
    return int(document["size"])


def _encoded_size(document: Document) -> int:
    return len(bson.encode(document))
