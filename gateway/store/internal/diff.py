"""What other mappings would change: a dry run against everything stored. Nothing is written."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.fhir import fhir_json
from gateway.store.internal.differences import as_stored, differences, read
from gateway.store.layout.records import Mappings
from gateway.store.layout.schema import RESOURCES, VERSION_FIELDS, Database, Document
from gateway.store.layout.stored import internal_document, mapped_to, stored
from gateway.store.read.streams import batches, concerned, documents_of


@dataclass(frozen=True)
class Sample:
    """`before` and `after` are what stands in the field, None for nothing."""

    id: str
    before: Any
    after: Any


@dataclass
class FieldChanges:
    """In how many documents a field came, went or has another value."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    samples: list[Sample] = field(default_factory=list)


@dataclass
class CollectionChanges:
    """How many documents stay as they are, come, go, or change; the last by dotted field."""

    same: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    fields: dict[str, FieldChanges] = field(default_factory=dict)


@dataclass
class Difference:
    resources: int = 0
    collections: dict[str, CollectionChanges] = field(default_factory=dict)


async def diff(database: Database, mappings: Mappings, samples: int, tell: Callable[[int, int], None]) -> Difference:
    """Every stored document beside the one that `mappings` would make; of each field the first `samples` examples."""
    found, wanted = Difference(), concerned(mappings)
    found.collections = {name: CollectionChanges() for name in mappings.collections}
    total = await database[RESOURCES].count_documents(wanted)
    async for batch in batches(database, RESOURCES, wanted, {"t": 1, "i": 1, "m": 1}):
        there = await documents_of(database, mappings, batch)
        keys = {"_id": {"$in": [one["_id"] for one in batch]}, "x": False}
        async for resource in database[RESOURCES].find(keys, {**VERSION_FIELDS, "m": 1}):
            _compare(resource, there[resource["_id"]], mappings, samples, found)
            await asyncio.sleep(0)
        found.resources += len(batch)
        tell(found.resources, max(found.resources, total))
    return found


def _compare(resource: Document, there: dict[str, bytes], mappings: Mappings, samples: int, found: Difference) -> None:
    of = stored(resource)
    made = {one.collection: internal_document(one, of) for one in mappings.get(fhir_json.parse(of.body))}
    for name in dict.fromkeys((*made, *mapped_to(resource))):
        changes = found.collections.setdefault(name, CollectionChanges())
        before, after = there.get(name), made.get(name)
        if before is None or after is None:
            changes.added += after is not None
            changes.removed += before is not None
        else:
            _fields(of.id, read(before), read(as_stored(after)), samples, changes)


def _fields(id_: str, before: Document, after: Document, samples: int, changes: CollectionChanges) -> None:
    seen = set[str]()
    for name, old, new in differences({**before, "fhir": None}, {**after, "fhir": None}):
        told = changes.fields.setdefault(name, FieldChanges())
        if name not in seen:
            told.added += old is None
            told.removed += new is None
            told.changed += old is not None and new is not None
            if len(told.samples) < samples:
                told.samples.append(Sample(id_, old, new))
        seen.add(name)
    changes.changed += bool(seen)
    changes.same += not seen
