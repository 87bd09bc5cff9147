"""Reading through everything, batch by batch in the order of the keys, however much it is."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.store.layout.decimals import PLAIN
from gateway.store.layout.fields import DELETED, ID, MAPPED_TO, TYPE
from gateway.store.layout.records import Mappings
from gateway.store.layout.schema import NAMES, RESOURCES, Database, Document
from gateway.store.layout.stored import mapped_to

BATCH = 500
_RAW = PLAIN.with_options(document_class=RawBSONDocument)

OURS: Document = {"fhir.version": {"$type": "number"}}
"""Documents that were made by a mapping."""


async def batches(
    database: Database, collection: str, wanted: Document, fields: Document, session: AsyncClientSession | None = None
) -> AsyncIterator[list[Document]]:
    """What matches, a batch at a time: nothing is held open meanwhile, so it may take as long as it likes."""
    after: Document = {}
    while True:
        found = database[collection].find({**wanted, **after}, fields, session=session, batch_size=BATCH + 1)
        batch = await found.sort("_id", 1).hint([("_id", 1)]).limit(BATCH).to_list()
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        after = {"_id": {"$gt": batch[-1]["_id"]}}


def concerned(mappings: Mappings) -> Document:
    """The resources that have documents or should have."""
    types = sorted({*mappings.collections.values()})
    return {DELETED: False, "$or": [{TYPE: {"$in": types}}, {MAPPED_TO: {"$exists": True}}]}


async def retired(database: Database, mappings: Mappings) -> list[str]:
    """Collections with documents that were made by a mapping which is no more."""
    names = {*await database.list_collection_names()} - {*NAMES, *mappings.collections}
    return [name for name in sorted(names) if await database[name].find_one(OURS, {"_id": 1})]


async def without_resource(
    database: Database, name: str, documents: Sequence[Document], session: AsyncClientSession | None = None
) -> list[Document]:
    """Those of `documents` (with `fhir.type`) of whose resource nothing says that it is mapped to this collection."""
    keys = [key_of(one) for one in documents]
    found: Any = database[RESOURCES].find({"_id": {"$in": keys}, DELETED: False}, {MAPPED_TO: 1}, session=session)
    mapped = {one["_id"] async for one in found if name in mapped_to(one)}
    return [one for one in documents if key_of(one) not in mapped]


def key_of(document: Mapping[str, Any]) -> str:
    """The key of the resource that an internal document says it is made of; of none when it does not say."""
    return f"{document.get('fhir', {}).get('type')}/{document['_id']}"


async def documents_of(
    database: Database, mappings: Mappings, resources: Sequence[Document], session: AsyncClientSession | None = None
) -> dict[str, dict[str, bytes]]:
    """Key of a resource -> collection -> its internal document as BSON; wherever it is mapped to or should be.

    `resources`: with t, i and m.
    """
    ids: dict[str, list[str]] = defaultdict(list)
    for resource in resources:
        for name in {
            *mapped_to(resource),
            *(n for n, type_ in mappings.collections.items() if type_ == resource[TYPE]),
        }:
            ids[name].append(resource[ID])
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for name, wanted in ids.items():
        raw: Any = database.get_collection(name, _RAW)
        async for document in raw.find({"_id": {"$in": wanted}}, session=session):
            found[key_of(document)][name] = bytes(document.raw)
    return found
