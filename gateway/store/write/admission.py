"""Check a write by itself, whatever else is in its transaction. Pure, but measures documents as BSON.

MongoDB reports a document that it cannot hold in many ways, some of which look as if the database were away. So
documents that are too large are refused before they are sent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import bson
from bson.errors import BSONError

from gateway import errors
from gateway.fhir import fhir_json
from gateway.fhir.subsetted import is_subsetted
from gateway.search.match import matches
from gateway.store.layout.decimals import DECIMALS
from gateway.store.layout.fields import BODY, COMPOSITES, CONTAINED, TYPE, UPDATED
from gateway.store.layout.records import MappedDocument, Write
from gateway.store.layout.schema import Document

LARGEST = 16 * 1024 * 1024 - 16 * 1024
"""Bytes of one document. MongoDB takes 16 MiB including the entry of its log around a document; the rest is for fields
that a write adds, and for the longer `_id` of a superseded version."""

_SURELY_SMALL = 256 * 1024
"""Bytes of a body up to which its index and documents need not be measured: they are never so much larger
that they would exceed LARGEST."""

_CONDITION_LENGTH = 500
"""Characters of a condition that an error shows."""

_NO_FIELDS: dict[str, list[Any]] = {COMPOSITES: [], CONTAINED: []}  # the index leaves these out when they are empty


def check_complete(write: Write, current: Document) -> None:
    """Raise Invalid if a resource tagged SUBSETTED would overwrite `current`, which is live and complete."""
    if write.resource is None or not is_subsetted(write.resource):
        return
    if b"SUBSETTED" in current[BODY] and is_subsetted(fhir_json.parse(current[BODY])):
        return
    text = "the resource is tagged SUBSETTED: it is only a part, which must not replace the complete one; send it whole"
    raise errors.Invalid(text, expression=f"{write.type}.meta.tag")


def meets_condition(write: Write, fields: Document, at: datetime) -> bool | None:
    """Tell whether the resource, with its index `fields` and stored `at`, meets the condition that it is written under.

    None if the fields do not tell: the condition has criteria on other resources or on words.
    """
    condition = write.condition
    if condition is None or not condition.met_by_resource:
        return True
    complete = {**_NO_FIELDS, **fields, "_id": f"{write.type}/{write.id}", TYPE: write.type, UPDATED: at}
    return matches(condition.query, complete)


def check_condition(write: Write, fields: Document, at: datetime) -> None:
    """Raise Invalid if the resource does not meet the condition that it is written under, as far as its fields tell."""
    if meets_condition(write, fields, at) is False:
        raise unmet_condition(write)


def unmet_condition(write: Write) -> errors.Invalid:
    """Return the error for a resource that does not meet the condition that it is written under."""
    pairs = write.condition.query.used if write.condition else ()
    written = "&".join("=".join(pair) for pair in pairs)[:_CONDITION_LENGTH]
    text = (
        f"the resource does not meet the condition that it comes with, {written}: "
        "the same request would create another one each time"
    )
    if any(" " in value for _, value in pairs):
        text += "; a + in a query means a space: write %2B for a plus sign"
    return errors.Invalid(text)


def check_size(write: Write, fields: Document, body: int) -> None:
    """Raise TooLarge if MongoDB could not hold a resource whose body has `body` bytes, with its index `fields`."""
    if body > _SURELY_SMALL:
        _check_bytes(write, "the resource with its index", body + _encoded_size(fields))


def check_documents(write: Write, projections: Sequence[MappedDocument], body: int) -> None:
    """Raise TooLarge if MongoDB could not hold an internal document of a resource whose body has `body` bytes."""
    if body > _SURELY_SMALL:
        for projection in projections:
            what = f"the document of {projection.collection} made from the resource"
            _check_bytes(write, what, _encoded_size(projection.document))


def _check_bytes(write: Write, what: str, size: int) -> None:
    if size > LARGEST:
        text = f"{what} would have {size} bytes; at most {LARGEST} can be stored as one document"
        raise errors.TooLarge(text, expression=write.type)


def _encoded_size(document: Document) -> int:
    """Return the bytes of `document`; 0 for one that BSON cannot hold at all, as the driver reports why later."""
    try:
        return len(bson.encode(document, codec_options=DECIMALS))
    except (BSONError, OverflowError, UnicodeError):
        return 0
