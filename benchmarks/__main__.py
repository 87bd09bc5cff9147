"""`make bench`: each case beside its limit in the same run; prints a table, writes benchmarks/results.json."""

import asyncio
import json
import os
import platform
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from pymongo import AsyncMongoClient
from rich.console import Console
from rich.table import Table

from benchmarks import pure, server
from gateway.demo.hospital import bundles
from gateway.demo.processes import Site, serving
from gateway.fhir import fhir_json
from gateway.store.server import embedded

RESULTS = Path(__file__).parent / "results.json"
PACKAGES = ("fastapi", "pymongo", "msgspec", "uvicorn", "uvloop", "fhir.resources", "fhirpathpy")


@dataclass(frozen=True)
class Case:
    """`rate` and `limit` per second; `limit_is` says what was measured beside it."""

    name: str
    rate: float
    limit: float
    limit_is: str

    @property
    def ratio(self) -> float:
        return self.rate / self.limit


async def measure(folder: Path, patients: int, observations: int) -> list[Case]:
    generated = list(bundles(1, patients, observations, site="bench"))
    resources = [entry["resource"] for bundle in generated for entry in bundle["entry"]]
    cases = [Case(*row) for row in pure.cases(resources)]
    # Scores are computed after the answer, by a follower; the raw limit has no counterpart to them.
    site = Site("bench", 8090, folder, ("--no-scores",))
    async with serving(site), embedded.start(folder, attach=True) as mongod:
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(mongod.uri)
        try:
            cases += [Case(*row) for row in await server.cases(site, client, [fhir_json.dump(b) for b in generated])]
        finally:
            await client.close()
    return cases


def report(cases: list[Case], console: Console) -> None:
    table = Table(title="Rates per second, each beside its limit in the same run", title_justify="left")
    for heading, justify in (
        ("case", "left"),
        ("rate", "right"),
        ("limit", "right"),
        ("ratio", "right"),
        ("the limit is", "left"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for case in cases:
        table.add_row(case.name, f"{case.rate:,.0f}", f"{case.limit:,.0f}", f"{case.ratio:.2f}", case.limit_is)
    console.print(table)


def save(cases: list[Case]) -> None:
    machine = {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
    }
    versions = {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}}
    rows = {case.name: {**asdict(case), "ratio": round(case.ratio, 4)} for case in cases}
    RESULTS.write_text(json.dumps({"cases": rows, "machine": machine, "versions": versions}, indent=2) + "\n")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        cases = asyncio.run(measure(Path(folder), patients=100, observations=10_000))
    report(cases, Console())
    save(cases)


if __name__ == "__main__":
    main()
