"""Check that all that is stored agrees with itself: what `gateway doctor` runs.

The whole database is read once, batch by batch in the order of the keys, and every internal document is made anew from
the bytes of its resource. Each batch sees the database as it was at one moment, so writers may go on meanwhile.
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

_SNAPSHOT_UNAVAILABLE = (239, 246)
"""MongoDB's errors for a snapshot just after a collection or an index was created: a moment later it works."""
_ATTEMPTS = 50


async def audit(database: Database, mappings: DocumentMappings) -> Audit:
    """Check the whole database.

    The feed must have no gaps, every version must be in the feed and in the history, and every internal document must
    be what its mapping makes of the current version.
    """
    result = await _check_feed(database)
    head, result.changes = result.changes, 0
    async for batch in batches(database, RESOURCES, {}, {"_id": 1}):
        result.add(await _at_one_moment(database, partial(_check_resources, database, mappings, head, _ids(batch))))
    if result.changes < head:
        result.fault("a change of a resource that is not there", f"{head - result.changes} in the feed")
    for name in mappings.collections:
        async for batch in batches(database, name, {}, {"_id": 1}):
            result.add(await _at_one_moment(database, partial(_check_orphans, database, name, _ids(batch))))
    for name in await retired(database, mappings):
        count = await database[name].count_documents(MAPPED)
        result.fault(f"document of {name}, which no mapping makes: {APPLY}", name, count)
    return result


async def _at_one_moment(database: Database, work: Callable[[AsyncClientSession], Awaitable[Audit]]) -> Audit:
    """Run `work` in a session that sees the database as it was at one moment.

    https://www.mongodb.com/docs/manual/reference/read-concern-snapshot/
    """
    attempt = 1
    while True:
        async with database.client.start_session(snapshot=True) as session:
            try:
                return await work(session)
            except OperationFailure as error:
                if error.code not in _SNAPSHOT_UNAVAILABLE or attempt == _ATTEMPTS:
                    raise
        attempt += 1
        await asyncio.sleep(0.1)


async def _check_feed(database: Database) -> Audit:
    """Check that the positions have no gaps. `changes` of the result is the last position."""
    result = Audit()
    async for change in database[FEED].find({}, {"_id": 1}).sort("_id", 1):
        result.changes += 1
        if change["_id"] != result.changes:
            result.fault("a gap in the feed", str(change["_id"]))
            result.changes = change["_id"]
    return result


async def _check_resources(
    database: Database, mappings: DocumentMappings, head: int, keys: Sequence[str], session: AsyncClientSession
) -> Audit:
    return await Agreement(database, mappings, session, head).check(keys)


async def _check_orphans(database: Database, name: str, ids: Sequence[str], session: AsyncClientSession) -> Audit:
    documents = await database[name].find({"_id": {"$in": ids}}, {"fhir.type": 1}, session=session).to_list()
    result = Audit(documents=len(documents))
    for document in await without_resource(database, name, documents, session):
        result.fault("an internal document without its resource", f"{name}/{document['_id']}")
    return result


def _ids(batch: Sequence[dict[str, str]]) -> list[str]:
    return [document["_id"] for document in batch]
