"""The collection of words, which searches by text read, following the feed without any haste.

Writing a resource does nothing for it. When the feed is quiet it catches up by itself; a search that needs it has it
catch up first, to NEAR before the head of the feed. The cursor moves in the transaction that writes the words, so in
every snapshot of the database the words are those of the cursor, and what changed after it is known from the feed: the
words of those resources are made by the search itself (`recent`). So each page of a search sees its own moment, and
what was written is found at once.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING

import bson
import structlog
from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from gateway import event_loop
from gateway.errors import Busy, GatewayError, NotSupported, TooCostly, frames
from gateway.fhir import fhir_json
from gateway.search.indexing.text_document import wording
from gateway.search.notation.tokens import Filter
from gateway.store.feed.feed import Feed
from gateway.store.feed.followers import Lease, LeaseLost
from gateway.store.find.snapshot import Snapshot
from gateway.store.layout.records import Change
from gateway.store.layout.schema import FEED, FOLLOWERS, RESOURCES, WORDS, Database, Document

if TYPE_CHECKING:
    from gateway.search.query import Query

log = structlog.get_logger()

PATIENCE = 20.0
"""Seconds that a search waits for the words."""
NEAR, MOST = 100, 2_000
"""Changes that a search rather reads itself, and how many it can."""
QUIET_SECONDS, QUIET = 3.0, 30
"""The feed is quiet when it grows by less than QUIET changes in that time."""
_BATCH = 500
_ROOM, _ROOM_IN_COMMAND = 32_000_000, 3_000_000
"""Bytes of resources that are read together, and of their words that are given in one command."""
_FIELDS = {"t": 1, "x": 1, "b": 1}
_SIZE = {"size": {"$binarySize": {"$ifNull": ["$b", ""]}}}


class Words:
    def __init__(self, database: Database, feed: Feed) -> None:
        self._database, self._feed = database, feed
        self._lease = Lease(database, WORDS)
        self._turn = asyncio.Lock()
        self._work: asyncio.Task[bool] | None = None

    async def ready(self, query: "Query") -> None:
        """Catches up if the query asks for words and is not on its way already. Raises Busy if that takes too long."""
        if query.page or not any(clause.reads_words for clause in query.clauses):
            return
        if query.contained != "false":
            raise NotSupported("Search parameter '_contained' does not go with a search by words")
        target, deadline = await self._feed.head() - NEAR, time.monotonic() + PATIENCE
        while (behind := target - await self._cursor()) > 0:
            if time.monotonic() > deadline:
                raise Busy(f"Searching by words is {behind + NEAR} changes behind what was written; try again later.")
            if self._turn.locked() or not await self._on_for_all(deadline, target):
                await asyncio.sleep(0.05)

    async def _on_for_all(self, deadline: float, target: int) -> bool:
        """Do the same as `_on`, but go on if the waiting request ends: others wait for the same words."""
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._on(deadline, target), context=Context())
            self._work.add_done_callback(_seen)
        return await asyncio.shield(self._work)

    async def keep(self, stop: asyncio.Event) -> None:
        """Catches up whenever the feed is quiet, until `stop`. Raises nothing but cancellation."""
        before = 0
        while not stop.is_set():
            try:
                head = await self._feed.head()
                if head - before < QUIET and head > await self._cursor():
                    await self._on(time.monotonic() + QUIET_SECONDS, head)
                    head = await self._feed.head()
                before = head
            except PyMongoError as error:
                log.warning("words interrupted", error=type(error).__name__)
            except Exception as error:  # a fault of ours or of a library: words must be caught up all the same
                log.error("words interrupted", error=type(error).__name__, at=frames(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), QUIET_SECONDS)

    async def _cursor(self) -> int:
        found = await self._database[FOLLOWERS].find_one({"_id": WORDS}, {"seq": 1})
        return int(found.get("seq", 0)) if found else 0

    async def _on(self, deadline: float, target: int) -> bool:
        """Goes on until `target` is reached or the time is up; False if another process is at it."""
        async with self._turn:
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
        """Handles the changes that follow `seq`; returns the place it has come to."""
        changes = await self._few(await self._feed.after(seq, _BATCH))
        if not changes:
            return seq
        keys = list(dict.fromkeys(_key(one) for one in changes))
        documents = await self._database[RESOURCES].find({"_id": {"$in": keys}}, _FIELDS).to_list()
        made = {one["_id"]: one for one in await _made(documents)}
        writes: list[ReplaceOne[Document] | DeleteOne] = [
            ReplaceOne({"_id": key}, made[key], upsert=True) if key in made else DeleteOne({"_id": key}) for key in keys
        ]
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

    async def _few(self, changes: list[Change]) -> list[Change]:
        """The first of them, as many as have room in memory and in one transaction."""
        keys = list({_key(one) for one in changes})
        found = self._database[RESOURCES].find({"_id": {"$in": keys}}, _SIZE)
        sizes = {one["_id"]: _size(one) async for one in found}
        reached = accumulate(sizes.get(_key(one), 0) for one in changes)
        return [one for one, bytes_ in zip(changes, reached, strict=True) if bytes_ <= _ROOM] or changes[:1]


def _seen(work: "asyncio.Task[bool]") -> None:
    """Mark the error as seen: waiting requests get it, and without any it needs no warning."""
    if not work.cancelled():
        work.exception()


def _key(change: Change) -> str:
    return f"{change.type}/{change.id}"


async def _made(documents: Sequence[Document]) -> list[Document]:
    """The documents of words for those resources that are not deleted."""
    made = []
    for one in documents:
        if not one["x"]:
            words = await event_loop.run(partial(_wording, one), one["b"])
            made.append({"_id": one["_id"], "t": one["t"], **words})
    return made


def _wording(document: Document) -> Document:
    """One resource must not keep all others from being found: without words, if it is too odd to have any."""
    try:
        return wording(fhir_json.parse(bytes(document["b"])))
    except TooCostly:
        raise
    except (GatewayError, AttributeError, TypeError, LookupError, ValueError) as error:  # whose text may quote it
        log.warning("no words", type=document["t"], error=type(error).__name__)
        return {"w": []}


@dataclass(frozen=True, slots=True)
class Recent:
    """What changed after the words were caught up: the `keys` of those resources, the words of those still there."""

    keys: Sequence[str]
    documents: Sequence[Document]


async def recent(snapshot: Snapshot) -> Recent:
    """As of the snapshot. Raises Busy if it is too much."""
    if WORDS not in snapshot.known:
        snapshot.known[WORDS] = await _recent(snapshot)
    found: Recent = snapshot.known[WORDS]
    return found


async def _recent(snapshot: Snapshot) -> Recent:
    cursor = await snapshot.read([{"$match": {"_id": WORDS}}], 1, FOLLOWERS)
    seq = cursor[0].get("seq", 0) if cursor else 0
    after: list[Document] = [{"$match": {"_id": {"$gt": seq}}}, {"$limit": MOST + 1}, {"$project": {"t": 1, "i": 1}}]
    changes = await snapshot.read(after, NEAR, FEED)
    if len(changes) > MOST:
        raise Busy(f"Searching by words is more than {MOST} changes behind what was written; try again later.")
    keys = list(dict.fromkeys(f"{one['t']}/{one['i']}" for one in changes))
    if not keys:
        return Recent((), ())
    sized: list[Document] = [{"$match": {"_id": {"$in": keys}}}, {"$project": _SIZE}]
    made = []
    for some in _portions(await snapshot.read(sized, len(keys) + 1), _ROOM, _size):
        ids = {"$match": {"_id": {"$in": [one["_id"] for one in some]}}}
        made += await _made(await snapshot.read([ids, {"$project": _FIELDS}], len(some) + 1))
    return Recent(keys, made)


async def matching(snapshot: Snapshot, found: Recent, filter_: Filter) -> list[str]:
    """The keys of the recent that the filter holds for: the database itself is asked, as for all others."""
    keys: list[str] = []
    for some in _portions(found.documents, _ROOM_IN_COMMAND, _encoded):
        given: list[Document] = [
            {"$limit": 1},  # one change, whichever, to hang them on: in a transaction there is no other way to give any
            {"$project": {"given": {"$literal": some}}},
            {"$unwind": "$given"},
            {"$replaceRoot": {"newRoot": "$given"}},
        ]
        pipeline = [*given, {"$match": filter_}, {"$project": {"_id": 1}}]
        keys += [one["_id"] for one in await snapshot.read(pipeline, len(some) + 1, FEED)]
    return keys


def _portions(documents: Sequence[Document], room: int, weigh: Callable[[Document], int]) -> Iterator[list[Document]]:
    """Parts that have room each."""
    some, taken = list[Document](), 0
    for one in documents:
        weight = weigh(one)
        if some and taken + weight > room:
            yield some
            some, taken = [], 0
        some.append(one)
        taken += weight
    if some:
        yield some


def _size(document: Document) -> int:
    return int(document["size"])


def _encoded(document: Document) -> int:
    return len(bson.encode(document))
