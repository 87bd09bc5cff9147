"""The population straight into `resources`, in the shape in which `store.commit` leaves it there, and its words.

Each process makes a share of it, so that the documents of a million resources cost minutes, not hours; indexes are made
afterwards. Nothing is written to the feed: what follows it has no part in searching.
"""

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from pymongo import AsyncMongoClient, MongoClient

from benchmarks.feed_order import NoMappings
from benchmarks.search import population
from gateway.search.indexing.text_document import text_document
from gateway.store.layout.create import create_all
from gateway.store.layout.records import Write
from gateway.store.layout.schema import WORDS
from gateway.store.write.decide import decide, prepare, resource_document

Document = dict[str, Any]
DATABASE = "gateway"
_AT_ONCE = 1_000


def load(uri: str, patients: int) -> int:
    """Resources loaded. The collection's indexes are taken away and made anew."""
    processes = os.cpu_count() or 1
    with MongoClient[Document](uri) as client:
        client[DATABASE].resources.drop_indexes()
        client[DATABASE][WORDS].drop_indexes()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        shares = [(uri, first, patients, processes) for first in range(processes)]
        loaded = sum(pool.starmap(_share, shares))
    asyncio.run(_indexed(uri))
    return loaded


async def _indexed(uri: str) -> None:
    async with AsyncMongoClient[Document](uri) as client:
        await create_all(client[DATABASE])
        await client.admin.command("fsync")


def _share(uri: str, first: int, patients: int, step: int) -> int:
    loaded = 0
    with MongoClient[Document](uri) as client:
        rest = documents(range(first, patients, step))
        while several := list(islice(rest, _AT_ONCE)):
            client[DATABASE].resources.insert_many([document for document, _ in several], ordered=False)
            client[DATABASE][WORDS].insert_many([words for _, words in several], ordered=False)
            loaded += len(several)
    return loaded


def documents(numbers: range) -> Iterator[tuple[Document, Document]]:
    for number in numbers:
        for resource, at in population.resources(number):
            document = _document(resource, at)
            yield document, {"_id": document["_id"], "t": document["t"], **text_document(resource)}


def _document(resource: population.Resource, at: datetime) -> Document:
    prepared = prepare(Write(resource["resourceType"], resource["id"], resource, "api"), NoMappings())
    return resource_document(decide(prepared, None, at.replace(microsecond=0)))
