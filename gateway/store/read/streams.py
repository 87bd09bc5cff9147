"""Read whole collections, batch by batch in the order of the keys, and relate resources to their internal documents."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.store.layout.decimals import PLAIN
from gateway.store.layout.fields import DELETED, ID, MAPPED_TO, TYPE
from gateway.store.layout.records import DocumentMappings
from gateway.store.layout.schema import NAMES, RESOURCES, Database, Document
from gateway.store.layout.stored import mapped_to

BATCH = 500
_RAW = PLAIN.with_options(document_class=RawBSONDocument)

MAPPED: Document = {"fhir.version": {"$type": "number"}}
"""The filter of documents that a mapping made. A collection may hold other documents of an application."""


async def batches(
    database: Database, collection: str, filter_: Document, fields: Document, session: AsyncClientSession | None = None
) -> AsyncIterator[list[Document]]:
    """Yield the documents that match `filter_`, with `fields`, in batches.

    No cursor stays open between batches, so the caller may take as long as it likes for each.
    """
    after: Document = {}
    while True:
        cursor = database[collection].find({**filter_, **after}, fields, session=session, batch_size=BATCH + 1)
        # Without the hint MongoDB may choose an index for `filter_` and sort all matches for each batch.
        batch = await cursor.sort("_id", 1).hint([("_id", 1)]).limit(BATCH).to_list()
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        after = {"_id": {"$gt": batch[-1]["_id"]}}


def concerned(mappings: DocumentMappings) -> Document:
    """Return the filter of live resources that have internal documents, or should have them."""
    types = sorted({*mappings.collections.values()})
    return {DELETED: False, "$or": [{TYPE: {"$in": types}}, {MAPPED_TO: {"$exists": True}}]}


async def retired(database: Database, mappings: DocumentMappings) -> list[str]:
    """Return the collections with documents of a mapping that no longer exists."""
    names = {*await database.list_collection_names()} - {*NAMES, *mappings.collections}
    return [name for name in sorted(names) if await database[name].find_one(MAPPED, {"_id": 1})]


async def without_resource(
    database: Database, name: str, documents: Sequence[Document], session: AsyncClientSession | None = None
) -> list[Document]:
    """Return those of `documents`, of collection `name`, whose live resource is not mapped to it, or does not exist.

    documents: with `fhir.type`.
    """
    keys = [key_of(document) for document in documents]
    resources: Any = database[RESOURCES].find({"_id": {"$in": keys}, DELETED: False}, {MAPPED_TO: 1}, session=session)
    mapped = {resource["_id"] async for resource in resources if name in mapped_to(resource)}
    return [document for document in documents if key_of(document) not in mapped]


def key_of(document: Mapping[str, Any]) -> str:
    """Return the key of the resource that an internal document is made of; a key of no resource if it has no type."""
    return f"{document.get('fhir', {}).get('type')}/{document['_id']}"


async def documents_of(
    database: Database,
    mappings: DocumentMappings,
    resources: Sequence[Document],
    session: AsyncClientSession | None = None,
) -> dict[str, dict[str, bytes]]:
    """Return the internal documents of `resources` as BSON, by key of the resource and by collection.

    resources: documents with TYPE, ID and MAPPED_TO. All collections are read that a resource is mapped to, or should
        be.
    """
    ids: dict[str, list[str]] = defaultdict(list)
    for resource in resources:
        for name in {
            *mapped_to(resource),
            *(n for n, type_ in mappings.collections.items() if type_ == resource[TYPE]),
        }:
            ids[name].append(resource[ID])
    documents: dict[str, dict[str, bytes]] = defaultdict(dict)
    for name, ids_in_collection in ids.items():
        raw: Any = database.get_collection(name, _RAW)
        async for document in raw.find({"_id": {"$in": ids_in_collection}}, session=session):
            documents[key_of(document)][name] = bytes(document.raw)
    return documents
