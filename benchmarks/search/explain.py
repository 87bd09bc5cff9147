"""How MongoDB answered a question: what its profiler noted while the gateway asked it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pymongo import AsyncMongoClient

from benchmarks.client import Connection
from benchmarks.search.load import DATABASE

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One command: its pipeline's first stage, the stages of the plan with the keys and documents each looked at."""

    filter: str
    millis: int
    keys: int
    documents: int
    returned: int
    plan: str

    def __str__(self) -> str:
        looked = f"{self.keys:,} keys, {self.documents:,} documents -> {self.returned:,}"
        return f"{self.millis} ms, {looked}\n    {self.plan}\n    {self.filter}"


async def explain(client: AsyncMongoClient[Document], connection: Connection, path: str) -> list[Step]:
    """The commands that one request led to, in order."""
    database = client[DATABASE]
    await database.command("profile", 0)
    await database.drop_collection("system.profile")
    await database.command("profile", 2)
    await connection.request("GET", path)
    await database.command("profile", 0)
    profiled = await database["system.profile"].find({"ns": f"{DATABASE}.resources"}).sort("ts").to_list()
    searches = [entry for entry in profiled if "pipeline" in entry["command"]]
    return [_step(entry, await _plan(client, entry["command"])) for entry in searches]


async def _plan(client: AsyncMongoClient[Document], command: Document) -> str:
    again = {"aggregate": "resources", "pipeline": command["pipeline"], "cursor": {}}
    explained = await client[DATABASE].command({"explain": again, "verbosity": "executionStats"})
    if "stages" in explained:
        outer = [next(iter(stage)) for stage in explained["stages"][1:]]
        explained = explained["stages"][0]["$cursor"]
    else:
        outer = []
    return " < ".join([*reversed(outer), *_stages(explained["executionStats"]["executionStages"])])


def _step(noted: Document, plan: str) -> Step:
    first = noted["command"]["pipeline"][0].get("$match", {})
    looked = noted.get("keysExamined", 0), noted.get("docsExamined", 0), noted.get("nreturned", 0)
    return Step(_short(str(first)), noted.get("millis", 0), *looked, f"{noted.get('planSummary')}: {plan}")


def _stages(stats: Document) -> Iterator[str]:
    """From the outermost inwards."""
    if "stage" in stats:
        index = f" {_key(stats['keyPattern'])} [{_bounds(stats)}]" if "keyPattern" in stats else ""
        keys, documents = stats.get("keysExamined", 0), stats.get("docsExamined", 0)
        counts = f" k{keys}" * bool(keys) + f" d{documents}" * bool(documents)
        yield stats["stage"] + index + counts
    inner = [*stats.get("inputStages", []), stats.get("inputStage"), stats.get("queryPlan")]
    stages = [stage for stage in inner if stage]
    for stage in stages[:2]:
        yield from _stages(stage)
    if len(stages) > 2:
        yield f"({len(stages)} alike)"


def _key(pattern: Document) -> str:
    return ",".join(pattern)


def _bounds(stats: Document) -> str:
    bounds = stats.get("indexBounds", {})
    shown = [f"{field}: {_short(str(ranges), 60)}" for field, ranges in bounds.items() if "MinKey" not in str(ranges)]
    return "; ".join(text for text in shown if not text.startswith("t:"))


def _short(text: str, most: int = 400) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"
