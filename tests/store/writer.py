"""A process that writes for ever: each unit updates a shared counter-like resource and creates two of its own.

    python -m tests.store.writer URI DATABASE NAME   |   python -m tests.store.writer --data DIR DATABASE NAME

Prints the number of each unit once it is acknowledged.
"""

import asyncio
import sys
from itertools import count
from pathlib import Path

from gateway.store import Store, Write
from gateway.store.server import embedded
from tests.conftest import NoMappings

PARALLEL = 8


async def write(store: Store, name: str) -> None:
    numbers = count()

    async def one() -> None:
        for n in numbers:
            ids = (f"{name}-{n}-a", f"{name}-{n}-b")
            shared = {"resourceType": "Basic", "by": f"{name}-{n}"}
            writes = [Write("Patient", id_, {"resourceType": "Patient", "n": n}, "api") for id_ in ids]
            await store.commit(*writes, Write("Basic", f"shared-{n % 3}", shared, "api"))
            print(n, flush=True)  # noqa: T201

    await asyncio.gather(*(one() for _ in range(PARALLEL)))


async def main(where: list[str], database: str, name: str) -> None:
    data, uri = (Path(where[1]), None) if where[0] == "--data" else (Path(), where[0])
    async with (
        embedded.start(data, uri=uri, cache_gb=0.25) as running,
        await Store.open(running.uri, database, NoMappings()) as store,
    ):
        await write(store, name)


if __name__ == "__main__":
    *where, database, name = sys.argv[1:]
    asyncio.run(main(where, database, name))
