"""Turn records into the documents that MongoDB stores, and those back into records."""

from typing import Any

from gateway.store.layout.records import Projection, Stored
from gateway.store.layout.schema import Document


def stored(document: Document) -> Stored:
    """A document of `resources` or `versions` as a record."""
    return Stored(
        document["t"],
        document["i"],
        document["v"],
        document["u"],
        document["x"],
        bytes(document.get("b", b"")),
        document["o"],
    )


def mapped_to(current: Document | None) -> list[str]:
    """The collections that hold internal documents of a resource; of the first databases, one."""
    found = current.get("m", []) if current else []
    return [found] if isinstance(found, str) else found


def superseded_document(current: Document) -> Document:
    """What goes into `versions` when `current` gives way."""
    kept = {name: value for name, value in current.items() if name != "m"}
    return {**kept, "_id": f"{current['_id']}/{current['v']}"}


def internal_document(projection: Projection, of: Stored) -> Document:
    """The mapped document, saying which version it reflects and which mapping made it."""
    reflects = {"type": of.type, "version": of.version, "updated": of.updated, "origin": of.origin}
    return {"_id": of.id, **projection.document, "fhir": {**reflects, "mapping": projection.stamp}}


def version_fields(new: Stored) -> dict[str, Any]:
    fields = {"t": new.type, "i": new.id, "v": new.version, "u": new.updated, "x": new.deleted, "o": new.origin}
    return fields if new.deleted else {**fields, "b": new.body}
