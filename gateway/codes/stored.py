"""The stored observations, read in batches between which the event loop has its turn."""

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
    """The examples in everything that is stored."""
    corpus = Corpus()
    async for documents in _batches(store):
        for document in documents:
            corpus.add(from_document(document), _source(document))
    return corpus


async def gather(store: Store) -> Gathering:
    """Everything that is stored and waits for a code."""
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
    """Where it came from: the partner, else the system that its sender names in meta.source, else nothing is known."""
    origin = (document.get("fhir") or {}).get("origin") or ""
    if origin.startswith("partner:"):
        return str(origin)
    named = document.get("source")
    return (urlsplit(named).netloc or named.partition("#")[0]) if isinstance(named, str) else ""
