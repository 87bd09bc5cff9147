"""One scale: load, ask each kind of question over HTTP, one after another, and the raw limit beside it."""

import asyncio
import random
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

from pymongo import AsyncMongoClient

from benchmarks.client import Connection
from benchmarks.search import mix
from benchmarks.search.explain import Step, explain
from benchmarks.search.load import DATABASE, load
from benchmarks.search.mix import KINDS, Pairs, Sample
from gateway.demo.processes import Site, serving
from gateway.store.server import embedded

QUESTIONS, UNMEASURED = 200, 20
LONGEST = 6.0
"""Seconds for one kind: the slow ones are known after fewer questions."""
EXPLAINED = 2.5
"""Milliseconds from which on a kind is explained."""

_FOUND = re.compile(rb'"fullUrl":"[^"]*/fhir/([A-Z][A-Za-z]+/[^"/]+)"')
Client = AsyncMongoClient[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds; `raw` is what PyMongo takes to find the very resources of the answers by `_id`. `entries` is the
    median size of an answer."""

    p50: float
    p95: float
    raw: float
    entries: float
    asked: int


@dataclass(frozen=True, slots=True)
class Scale:
    patients: int
    resources: int
    load_seconds: float
    kinds: dict[str, Times | None]
    """None: the gateway refused to answer."""
    memory: dict[str, int]
    """Peak of each process, MB."""
    explained: dict[str, list[Step]]
    """Of one question of each kind, what MongoDB did."""


async def measure(folder: Path, patients: int, kinds: Iterable[str], *, explaining: bool) -> Scale:
    site = Site("bench", _free_port(), folder, ("--no-scores",))
    async with serving(site), embedded.start(folder, attach=True) as mongod, Client(mongod.uri) as client:
        started = time.perf_counter()
        loaded = await asyncio.to_thread(load, mongod.uri, patients)
        seconds = time.perf_counter() - started
        async with Connection("127.0.0.1", site.port) as connection:
            times = {kind: await _times(connection, client, kind, patients) for kind in kinds}
        peaks = _peaks(folder)
        slow = [kind for kind, took in times.items() if took is None or took.p50 > EXPLAINED] if explaining else []
        explained = {kind: await _explained(site, client, kind, patients) for kind in slow}
        return Scale(patients, loaded, seconds, times, peaks, explained)


async def _explained(site: Site, client: Client, kind: str, patients: int) -> list[Step]:
    """On a connection of its own: explaining may take longer than one is kept open."""
    async with Connection("127.0.0.1", site.port) as connection:
        question = mix.question(kind, Sample(random.Random(0), patients))
        return await explain(client, connection, path(*question))


class Refused(Exception):
    pass


async def _times(connection: Connection, client: Client, kind: str, patients: int) -> Times | None:
    try:
        return await _answered(connection, client, kind, patients)
    except Refused:
        return None


async def _answered(connection: Connection, client: Client, kind: str, patients: int) -> Times:
    sample = Sample(random.Random(kind), patients)
    took, raw, sizes = [], [], []
    deadline = time.perf_counter() + LONGEST
    for number in range(QUESTIONS + UNMEASURED):
        seconds, keys = await ask(connection, *mix.question(kind, sample))
        raw_seconds = await _raw(client, keys)
        if number >= UNMEASURED or seconds > LONGEST / UNMEASURED:
            took.append(seconds * 1000)
            raw.append(raw_seconds * 1000)
            sizes.append(len(keys))
        if time.perf_counter() > deadline and took:
            break
    p95 = quantiles(took, n=20)[-1] if len(took) > 1 else took[0]
    return Times(median(took), p95, median(raw), median(sizes), len(took))


def path(type_: str, pairs: Pairs) -> str:
    return f"/fhir/{type_}?{urlencode(pairs)}"


async def ask(connection: Connection, type_: str, pairs: Pairs) -> tuple[float, list[str]]:
    """Ask one question; return (seconds, keys of the resources in the answer)."""
    asked = path(type_, pairs)
    started = time.perf_counter()
    status, answer = await connection.request("GET", asked)
    seconds = time.perf_counter() - started
    if status == 400 and b"narrow the search" in answer:
        raise Refused
    if status != 200:
        raise RuntimeError(f"GET {asked} answered {status}: {answer[:500]!r}")
    return seconds, [key.decode() for key in _FOUND.findall(answer)]


async def _raw(client: Client, keys: list[str]) -> float:
    started = time.perf_counter()
    await client[DATABASE].resources.find({"_id": {"$in": keys}}, {"b": 1}).to_list()
    return time.perf_counter() - started


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _peaks(folder: Path) -> dict[str, int]:
    """Peak resident memory of the processes that work on `folder`, in MB."""
    found: dict[str, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            status = (process / "status").read_text()
        except OSError:
            continue
        if any(word.startswith(str(folder).encode()) for word in words):
            name = "mongod" if words[0].endswith(b"mongod") else "gateway"
            peak = re.search(r"VmHWM:\s+(\d+)", status)
            found[name] = int(peak[1]) // 1024 if peak else 0
    return found


__all__ = ["KINDS", "Scale", "Times", "measure"]
