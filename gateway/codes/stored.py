"""Read the stored Observations in batches, so that the event loop can do other work between them."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from gateway import budget
from gateway.codes.corpus import Corpus
from gateway.codes.queue import Gathering
from gateway.codes.sightings import from_document
from gateway.store import Store

_BATCH = 500


async def learn_from(store: Store) -> Corpus:
    """Return examples from everything that is stored."""
    corpus = Corpus()
    async for documents in _batches(store):
        for document in documents:
            corpus.add(from_document(document), _source(document))
    return corpus


async def gather(store: Store) -> Gathering:
    """Return everything stored that waits for a code."""
    gathering = Gathering()
    async for documents in _batches(store):
        for document in documents:
            gathering.add(from_document(document))
    return gathering


async def _batches(store: Store) -> AsyncIterator[list[dict[str, Any]]]:
    after: list[Any] | None = None
    while True:
        with budget.refunding() as spent:
            documents = await store.internal.find_many("observations", {}, limit=_BATCH, after=after)
            spent.refund_bytes()  # each batch is dropped before the next is read
        if documents:
            yield documents
        if len(documents) < _BATCH:
            return
        after = [documents[-1]["_id"]]


def _source(document: Mapping[str, Any]) -> str:
    """Return where a document came from: the partner, else the system in meta.source, else unknown."""
    origin = (document.get("fhir") or {}).get("origin") or ""
    if origin.startswith("partner:"):
        return str(origin)
    named = document.get("source")
    return (urlsplit(named).netloc or named.partition("#")[0]) if isinstance(named, str) else ""
