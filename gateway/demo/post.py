"""POST Bundles to a FHIR server, several at a time, counting what the server says of each entry."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx

from gateway.demo.processes import DemoFailed
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource


@dataclass
class Posted:
    """Counts of the accepted and the other entries."""

    entries: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Return the entries per second."""
        return self.entries / self.seconds if self.seconds else 0.0


async def post(url: str, bundles: Iterable[Resource], progress: Callable[[int], None], *, parallel: int = 4) -> Posted:
    """POST all Bundles to the server's base, `parallel` at a time.

    Raises DemoFailed if one is refused: the generator makes only valid ones.
    """
    posted, iterator, started = Posted(), iter(bundles), time.perf_counter()

    async def work(client: httpx.AsyncClient) -> None:
        for bundle in iterator:
            entries = (await submit(client, url, bundle)).get("entry")
            if entries is None:
                raise DemoFailed(f"{url} refused a transaction")
            posted.entries += len(entries)
            progress(len(entries))

    async with httpx.AsyncClient(timeout=120) as client:
        await asyncio.gather(*(work(client) for _ in range(parallel)))
    posted.seconds = time.perf_counter() - started
    return posted


async def submit(client: httpx.AsyncClient, url: str, bundle: Resource) -> Resource:
    """POST a Bundle and return the answer: a response Bundle, or an OperationOutcome."""
    headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
    response = await client.post(url, content=fhir_json.dump(bundle), headers=headers)
    return fhir_json.parse(response.content)
