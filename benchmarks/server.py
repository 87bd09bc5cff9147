"""The gateway over HTTP, as a real process, beside PyMongo alone on the same mongod."""

from collections.abc import Iterator
from typing import Any

from pymongo import AsyncMongoClient

from benchmarks import client as http
from benchmarks import raw
from gateway.demo.processes import Site
from gateway.search import query
from gateway.search.compile.plan import plan_search

Row = tuple[str, float, float, str]
Client = AsyncMongoClient[dict[str, Any]]
READS, SEARCHES, PARALLEL = 4_000, 2_000, 16
DATABASE = "gateway"


async def cases(site: Site, client: Client, bundles: list[bytes]) -> list[Row]:
    rows = [await ingest(site, client, bundles)]
    ids = [d["_id"] async for d in client[DATABASE].resources.find({"t": "Observation"}, {"_id": 1})]
    rows.append(await read(site, client, raw.sample(ids, READS)))
    rows.append(await search(site, client, await _questions(client)))
    return rows


async def ingest(site: Site, client: Client, bundles: list[bytes]) -> Row:
    requests = [("POST", "/fhir", body) for body in bundles]
    seconds, _ = await http.rate("127.0.0.1", site.port, requests, connections=4)
    stored = await client[DATABASE].resources.count_documents({})
    limit_seconds, count = await raw.copy(client, DATABASE, "limit")
    return (
        "ingest, transactions over HTTP",
        stored / seconds,
        count / limit_seconds,
        "insert_many, same documents and indexes",
    )


async def read(site: Site, client: Client, ids: list[str]) -> Row:
    requests = (("GET", f"/fhir/{key}", b"") for key in ids)
    seconds, answered = await http.rate("127.0.0.1", site.port, requests, connections=PARALLEL)
    filters = [{"_id": key} for key in ids]
    limit_seconds, finds = await raw.finds(client[DATABASE], filters, [], 1, parallel=PARALLEL)
    return "read by id", answered / seconds, finds / limit_seconds, "find by _id"


async def search(site: Site, client: Client, questions: list[list[tuple[str, str]]]) -> Row:
    paths = ["/fhir/Observation?" + "&".join(f"{k}={v}" for k, v in q) for q in questions]
    requests: Iterator[tuple[str, str, bytes]] = (("GET", path.replace("|", "%7C"), b"") for path in paths)
    seconds, answered = await http.rate("127.0.0.1", site.port, requests, connections=PARALLEL)
    filters = [plan_search(query.parse("Observation", q)).match() for q in questions]
    limit_seconds, finds = await raw.finds(client[DATABASE], filters, [("at", -1)], 20, parallel=PARALLEL)
    return "search patient+code+date", answered / seconds, finds / limit_seconds, "the same filter by find"


async def _questions(client: Client) -> list[list[tuple[str, str]]]:
    patients = [d["_id"] async for d in client[DATABASE].resources.find({"t": "Patient"}, {"_id": 1})]
    codes = [
        "http://loinc.org|8867-4",
        "http://loinc.org|8310-5",
        "http://loinc.org|2160-0",
        "http://loinc.org|85354-9",
    ]
    pairs = zip(raw.sample(patients, SEARCHES), raw.sample(codes, SEARCHES, 2), strict=True)
    fixed = [("date", "ge2026-01-01"), ("_sort", "-date"), ("_count", "20")]
    return [[("patient", p), ("code", c), *fixed] for p, c in pairs]
