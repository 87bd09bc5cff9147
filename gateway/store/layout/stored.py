"""Turn records into the documents that MongoDB stores, and stored documents back into records."""

from typing import Any

from gateway.store.layout.fields import BODY, DELETED, ID, MAPPED_TO, ORIGIN, TYPE, UPDATED, VERSION
from gateway.store.layout.records import MappedDocument, Stored
from gateway.store.layout.schema import Document


def stored(document: Document) -> Stored:
    """Return the record of a document of `resources` or `versions`."""
    return Stored(
        document[TYPE],
        document[ID],
        document[VERSION],
        document[UPDATED],
        document[DELETED],
        bytes(document.get(BODY, b"")),
        document[ORIGIN],
    )


def version_fields(new: Stored) -> dict[str, Any]:
    """Return the fields that `resources` and `versions` have in common, the reverse of `stored`."""
    fields = {
        TYPE: new.type,
        ID: new.id,
        VERSION: new.version,
        UPDATED: new.updated,
        DELETED: new.deleted,
        ORIGIN: new.origin,
    }
    return fields if new.deleted else {**fields, BODY: new.body}


def mapped_to(current: Document | None) -> list[str]:
    """Return the collections that hold an internal document of a resource, empty for None."""
    collections = current.get(MAPPED_TO, []) if current else []
    return [collections] if isinstance(collections, str) else collections  # the first databases hold a single name


def superseded_document(current: Document) -> Document:
    """Return the document of `versions` for the resource document `current`, which a new version replaces."""
    kept = {name: value for name, value in current.items() if name != MAPPED_TO}
    return {**kept, "_id": f"{current['_id']}/{current[VERSION]}"}


def internal_document(projection: MappedDocument, version: Stored) -> Document:
    """Return the document of `projection` with `_id` and `fhir`: `version`, which it reflects, and its mapping's
    stamp."""
    reflects = {"type": version.type, "version": version.version, "updated": version.updated, "origin": version.origin}
    return {"_id": version.id, **projection.document, "fhir": {**reflects, "mapping": projection.stamp}}
