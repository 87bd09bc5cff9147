"""Compare what is stored with what other mappings would make of it: a dry run. Nothing is written."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.fhir import fhir_json
from gateway.store.internal.differences import decode, differences, encode
from gateway.store.layout.fields import DELETED, ID, MAPPED_TO, TYPE
from gateway.store.layout.records import DocumentMappings
from gateway.store.layout.schema import RESOURCES, VERSION_FIELDS, Database, Document
from gateway.store.layout.stored import internal_document, mapped_to, stored
from gateway.store.read.streams import batches, concerned, documents_of

Tell = Callable[[int, int], None]
"""Is called after each batch with the number of resources that were compared, and the number of all."""


@dataclass(frozen=True)
class Sample:
    """The value of a field before and after, in the document `id`; None for a missing value."""

    id: str
    before: Any
    after: Any


@dataclass
class FieldChanges:
    """The number of documents in which a field was added, removed or changed, with examples."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    samples: list[Sample] = field(default_factory=list)


@dataclass
class CollectionChanges:
    """The number of documents that stay the same, are added, removed or changed.

    fields: the changes of changed documents, by dotted name of the field.
    """

    same: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    fields: dict[str, FieldChanges] = field(default_factory=dict)


@dataclass
class Difference:
    """The changes that mappings would make, by collection, and the number of resources that were compared."""

    resources: int = 0
    collections: dict[str, CollectionChanges] = field(default_factory=dict)


async def diff(database: Database, mappings: DocumentMappings, samples: int, tell: Tell) -> Difference:
    """Compare every stored document with the one that `mappings` would make.

    samples: the most examples for each field.
    """
    difference, resources = Difference(), concerned(mappings)
    difference.collections = {name: CollectionChanges() for name in mappings.collections}
    total = await database[RESOURCES].count_documents(resources)
    async for batch in batches(database, RESOURCES, resources, {TYPE: 1, ID: 1, MAPPED_TO: 1}):
        documents = await documents_of(database, mappings, batch)
        keys = {"_id": {"$in": [resource["_id"] for resource in batch]}, DELETED: False}
        async for resource in database[RESOURCES].find(keys, {**VERSION_FIELDS, MAPPED_TO: 1}):
            _compare(resource, documents[resource["_id"]], mappings, samples, difference)
            await asyncio.sleep(0)  # mapping is synchronous: other tasks get their turn between resources
        difference.resources += len(batch)
        tell(difference.resources, max(difference.resources, total))
    return difference


def _compare(
    resource: Document,
    documents: Mapping[str, bytes],
    mappings: DocumentMappings,
    samples: int,
    difference: Difference,
) -> None:
    version = stored(resource)
    mapped = mappings.get(fhir_json.parse(version.body))
    new = {projection.collection: internal_document(projection, version) for projection in mapped}
    for name in dict.fromkeys((*new, *mapped_to(resource))):
        changes = difference.collections.setdefault(name, CollectionChanges())
        before, after = documents.get(name), new.get(name)
        if before is None or after is None:
            changes.added += after is not None
            changes.removed += before is not None
        else:
            _compare_fields(version.id, decode(before), decode(encode(after)), samples, changes)


def _compare_fields(id_: str, before: Document, after: Document, samples: int, changes: CollectionChanges) -> None:
    """Count the differences of one document. A field of list items counts once, however many items differ."""
    seen = set[str]()
    for name, old, new in differences({**before, "fhir": None}, {**after, "fhir": None}):
        counts = changes.fields.setdefault(name, FieldChanges())
        if name not in seen:
            counts.added += old is None
            counts.removed += new is None
            counts.changed += old is not None and new is not None
            if len(counts.samples) < samples:
                counts.samples.append(Sample(id_, old, new))
        seen.add(name)
    changes.changed += bool(seen)
    changes.same += not seen
