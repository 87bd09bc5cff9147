"""Proof that what is stored agrees with itself: what `gateway doctor` runs. Reads everything once, in key order."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from gateway.store.collections import FEED, RESOURCES, VERSIONS, Database, Document


@dataclass
class Audit:
    """`faults` counts each kind of disagreement; empty is good. `examples` names at most three of each kind."""

    resources: int = 0
    documents: int = 0
    changes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def fault(self, kind: str, key: str) -> None:
        self.faults[kind] += 1
        if self.faults[kind] <= 3:
            self.examples.setdefault(kind, []).append(key)


async def audit(database: Database) -> Audit:
    """Feed without gaps, every version in feed and history, every internal document of the version it reflects."""
    found = Audit()
    head, versions = await _feed(database, found)
    await _history(database, found, versions)
    collections = {name for name in await database[RESOURCES].distinct("m") if name}
    expected: dict[str, dict[str, int]] = {name: {} for name in collections}
    async for resource in database[RESOURCES].find({}, {"t": 1, "i": 1, "v": 1, "x": 1, "m": 1}):
        found.resources += 1
        if head.get(resource["_id"]) != resource["v"]:
            found.fault("a resource is not at the version the feed says", resource["_id"])
        if resource.get("m") and not resource["x"]:
            expected[resource["m"]][resource["i"]] = resource["v"]
    for name, wanted in expected.items():
        await _documents(database, name, wanted, found)
    return found


async def _feed(database: Database, found: Audit) -> tuple[dict[str, int], Counter[str]]:
    """The last version of each resource, and how many changes each has had."""
    head: dict[str, int] = {}
    versions: Counter[str] = Counter()
    async for change in _ordered(database, FEED, {"t": 1, "i": 1, "v": 1}):
        found.changes += 1
        key = f"{change['t']}/{change['i']}"
        if change["_id"] != found.changes:
            found.fault("a gap in the feed", str(change["_id"]))
            found.changes = change["_id"]
        if change["v"] != head.get(key, 0) + 1:
            found.fault("versions out of order in the feed", key)
        head[key] = change["v"]
        versions[key] += 1
    return head, versions


async def _history(database: Database, found: Audit, versions: Counter[str]) -> None:
    """Each superseded version is kept: all changes of a resource but the newest."""
    kept: Counter[str] = Counter()
    async for version in database[VERSIONS].find({}, {"t": 1, "i": 1}):
        kept[f"{version['t']}/{version['i']}"] += 1
    for key, count in versions.items():
        if kept[key] != count - 1:
            found.fault("a version is missing from the history", key)


async def _documents(database: Database, name: str, wanted: dict[str, int], found: Audit) -> None:
    async for document in database[name].find({}, {"fhir.version": 1}):
        found.documents += 1
        version = wanted.pop(document["_id"], None)
        if version is None:
            found.fault("an internal document without its resource", f"{name}/{document['_id']}")
        elif version != document["fhir"]["version"]:
            found.fault("an internal document of another version", f"{name}/{document['_id']}")
    for key in wanted:
        found.fault("a resource without its internal document", f"{name}/{key}")


async def _ordered(database: Database, name: str, fields: Document) -> AsyncIterator[Document]:
    async for document in database[name].find({}, fields).sort("_id", 1):
        yield document
