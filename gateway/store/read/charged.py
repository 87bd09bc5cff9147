"""Charge the current request for the documents that it reads, where they are read, so that no route can forget it.

Outside a request nothing is counted.
"""

from collections.abc import Sequence
from typing import TypeVar

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.command_cursor import AsyncCommandCursor
from pymongo.asynchronous.cursor import AsyncCursor

from gateway import budget
from gateway.store.layout.decimals import DECIMALS
from gateway.store.layout.fields import BODY
from gateway.store.layout.records import Stored
from gateway.store.layout.schema import Document

OVERHEAD = 1_000
"""Approximate bytes that a resource takes in memory and in an answer besides its body."""

DocumentRead = TypeVar("DocumentRead", Document, RawBSONDocument)
"""A document as MongoDB's driver returns it, decoded or not."""


async def all_of(cursor: AsyncCursor[DocumentRead] | AsyncCommandCursor[DocumentRead]) -> list[DocumentRead]:
    """Read all documents. Raises TooCostly as soon as they are too many, after having MongoDB close the cursor."""
    if budget.current() is None:
        return await cursor.to_list()
    documents: list[DocumentRead] = []
    async with cursor:  # closes it when charging raises
        async for document in cursor:
            charge([document])
            documents.append(document)
    return documents


async def first_of(cursor: AsyncCursor[DocumentRead]) -> DocumentRead | None:
    """Read the first document, None if there is none. Raises TooCostly."""
    documents = await all_of(cursor.limit(-1))  # a negative limit means one batch: MongoDB keeps no cursor open
    return documents[0] if documents else None


def charge(documents: Sequence[Document] | Sequence[RawBSONDocument]) -> None:
    """Charge for `documents`. Raises TooCostly."""
    if documents and budget.current() is not None:
        budget.spend(documents=len(documents), bytes=sum(map(size_of, documents)))


def size_of(document: Document | RawBSONDocument) -> int:
    """Return the bytes to charge for a document."""
    if isinstance(document, RawBSONDocument):
        return len(document.raw)
    body = document.get(BODY)
    return len(body) + OVERHEAD if body is not None else len(bson.encode(document, codec_options=DECIMALS))


def charge_stored(stored: Stored) -> None:
    """Charge for a resource that was read together with those of other requests. Raises TooCostly."""
    budget.spend(documents=1, bytes=len(stored.body) + OVERHEAD)
