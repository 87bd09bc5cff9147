"""Proof that what is stored agrees with itself: what `gateway doctor` runs.

Everything is read once and every document made again from the bytes of its resource, batch by batch in the order of
the keys; each batch sees the database as it was at one moment, so that writers may go on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure

from gateway.store.audit.agreement import APPLY, Agreement, Audit
from gateway.store.layout.records import DocumentMappings
from gateway.store.layout.schema import FEED, RESOURCES, Database
from gateway.store.read.streams import MAPPED, batches, retired, without_resource

__all__ = ["Audit", "audit"]

_NOT_YET = (239, 246)  # what a snapshot answers just after a collection or an index was made
_ATTEMPTS = 50


async def audit(database: Database, mappings: DocumentMappings) -> Audit:
    """Feed without gaps, every version in feed and history, every internal document of the version it reflects and
    just what its mapping makes of it."""
    found = await _feed(database)
    head, found.changes = found.changes, 0
    async for batch in batches(database, RESOURCES, {}, {"_id": 1}):
        found.add(await _at_one_moment(database, partial(_agreement, database, mappings, head, _ids(batch))))
    if found.changes < head:
        found.fault("a change of a resource that is not there", f"{head - found.changes} in the feed")
    for name in mappings.collections:
        async for batch in batches(database, name, {}, {"_id": 1}):
            found.add(await _at_one_moment(database, partial(_orphans, database, name, _ids(batch))))
    for name in await retired(database, mappings):
        count = await database[name].count_documents(MAPPED)
        found.fault(f"document of {name}, which no mapping makes: {APPLY}", name, count)
    return found


async def _at_one_moment(database: Database, work: Callable[[AsyncClientSession], Awaitable[Audit]]) -> Audit:
    """https://www.mongodb.com/docs/manual/reference/read-concern-snapshot/"""
    attempt = 1
    while True:
        async with database.client.start_session(snapshot=True) as session:
            try:
                return await work(session)
            except OperationFailure as error:
                if error.code not in _NOT_YET or attempt == _ATTEMPTS:
                    raise
        attempt += 1
        await asyncio.sleep(0.1)


async def _feed(database: Database) -> Audit:
    found = Audit()
    async for change in database[FEED].find({}, {"_id": 1}).sort("_id", 1):
        found.changes += 1
        if change["_id"] != found.changes:
            found.fault("a gap in the feed", str(change["_id"]))
            found.changes = change["_id"]
    return found


async def _agreement(
    database: Database, mappings: DocumentMappings, head: int, keys: Sequence[str], session: AsyncClientSession
) -> Audit:
    return await Agreement(database, mappings, session, head).of(keys)


async def _orphans(database: Database, name: str, ids: Sequence[str], session: AsyncClientSession) -> Audit:
    documents = await database[name].find({"_id": {"$in": ids}}, {"fhir.type": 1}, session=session).to_list()
    found = Audit(documents=len(documents))
    for one in await without_resource(database, name, documents, session):
        found.fault("an internal document without its resource", f"{name}/{one['_id']}")
    return found


def _ids(batch: Sequence[dict[str, str]]) -> list[str]:
    return [one["_id"] for one in batch]
