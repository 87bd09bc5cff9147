"""The raw limit: the very documents the gateway stored, with its indexes, through PyMongo and nothing else."""

import asyncio
import random
import time
from typing import Any

from pymongo import AsyncMongoClient, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase

Database = AsyncDatabase[dict[str, Any]]
GROUP = 500
DURABLE = WriteConcern("majority", j=True)


async def copy(client: AsyncMongoClient[dict[str, Any]], source: str, target: str) -> tuple[float, int]:
    """Insert what `source` holds into empty collections of the same indexes; return (seconds, resources).

    Each group of resources takes three inserts, as one transaction of the gateway does: resource, document, feed entry.
    """
    origin, fresh = client[source], client[target]
    await client.drop_database(target)
    names = [n for n in await origin.list_collection_names() if n in ("resources", "feed", "patients", "observations")]
    documents = {name: [d async for d in origin[name].find()] for name in names}
    for name in names:
        await _same_indexes(origin, fresh, name)
    count = len(documents["resources"])
    started = time.perf_counter()
    for start in range(0, count, GROUP):
        for name in names:
            if group := documents[name][start : start + GROUP]:
                await fresh.get_collection(name, write_concern=DURABLE).insert_many(group, ordered=False)
    seconds = time.perf_counter() - started
    await client.drop_database(target)
    return seconds, count


async def _same_indexes(origin: Database, fresh: Database, name: str) -> None:
    await fresh.create_collection(name)
    async for index in await origin[name].list_indexes():
        if index["name"] != "_id_":
            options = {k: v for k, v in index.items() if k not in ("key", "v", "ns")}
            await fresh[name].create_index(list(index["key"].items()), **options)


async def finds(
    database: Database, filters: list[dict[str, Any]], sort: list[Any], limit: int, *, parallel: int
) -> tuple[float, int]:
    """Find with each filter once in `resources`, reading the bodies; return (seconds, number of finds)."""
    iterator = iter(filters)

    async def work() -> None:
        for where in iterator:
            cursor = database.resources.find(where, {"b": 1}, limit=limit)
            await (cursor.sort(sort) if sort else cursor).to_list()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(parallel)))
    return time.perf_counter() - started, len(filters)


def sample(values: list[Any], count: int, seed: int = 1) -> list[Any]:
    return random.Random(seed).choices(values, k=count)
