"""Counting what the mappings found wanting in the data: `quality` of the internal documents."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pymongo
from pymongo.errors import ExecutionTimeout, NetworkTimeout

from gateway import errors
from gateway.store.layout.refusal import check_deadline
from gateway.store.layout.schema import Database, Document
from gateway.store.read import charged

PATIENCE = 30.0
EXAMPLES = 3
UNKNOWN = "unknown"

KEYS = ("rule", "source", "day")
"""What findings can be counted by. Source: the partner a version came from, else meta.source without what it says of
the single message (after #), else where the version came from; day is in UTC."""

_SAID: Document = {"$arrayElemAt": [{"$split": ["$source", "#"]}, 0]}
_OF_PARTNER: Document = {"$eq": [{"$indexOfBytes": [{"$ifNull": ["$fhir.origin", ""]}, "partner:"]}, 0]}
_HAS_SOURCE: Document = {"$eq": [{"$type": "$source"}, "string"]}
_SOURCES = [{"case": _OF_PARTNER, "then": "$fhir.origin"}, {"case": _HAS_SOURCE, "then": _SAID}]
_OF_DOCUMENT: Document = {
    "source": {"$switch": {"branches": _SOURCES, "default": {"$ifNull": ["$fhir.origin", UNKNOWN]}}},
    "day": {"$dateToString": {"date": "$fhir.updated", "format": "%Y-%m-%d"}},
}
_TIMES = {"$size": {"$filter": {"input": "$rules", "as": "other", "cond": {"$eq": ["$$other", "$$rule"]}}}}
_PER_RULE = {
    "$map": {"input": {"$setUnion": ["$rules"]}, "as": "rule", "in": {"rule": "$$rule", "findings": _TIMES}},
}

INDEX = "quality.rule"
"""Sparse: who has no finding costs nothing and is not read."""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings count; None: all. `from_ <= fhir.updated < to`."""

    rule: str | None = None
    source: str | None = None
    from_: datetime | None = None
    to: datetime | None = None


@dataclass(slots=True)
class FindingCount:
    """Findings, in how many documents, and some of these as `collection/id`. `key` has a value for each of `by`."""

    key: dict[str, str]
    findings: int = 0
    documents: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CollectionTotal:
    """Of a collection: all its documents; those with findings of the chosen kind, and how many."""

    collection: str
    documents: int
    with_findings: int
    findings: int


@dataclass(frozen=True, slots=True)
class Quality:
    """`counts`: the most findings first."""

    counts: Sequence[FindingCount]
    totals: Sequence[CollectionTotal]


async def index(database: Database, collections: Iterable[str]) -> None:
    for name in collections:
        await database[name].create_index(INDEX, sparse=True)


async def summary(database: Database, collections: Iterable[str], by: Sequence[str], chosen: FindingFilter) -> Quality:
    """`by`: of KEYS. Raises Busy when it takes too long."""
    counts: dict[tuple[str, ...], FindingCount] = {}
    totals = []
    for name in collections:
        found = await _aggregate(database, name, by, chosen)
        for row in found["counts"]:
            key = {part: str(row["_id"].get(part, UNKNOWN)) for part in by}
            count = counts.setdefault(tuple(key.values()), FindingCount(key))
            count.findings += row["findings"]
            count.documents += row["documents"]
            count.examples += [f"{name}/{id_}" for id_ in row["examples"]]
        [total] = found["total"] or [{"documents": 0, "findings": 0}]
        all_ = int(await database[name].estimated_document_count())
        totals.append(CollectionTotal(name, all_, total["documents"], total["findings"]))
    for count in counts.values():
        del count.examples[EXAMPLES:]
    return Quality(sorted(counts.values(), key=lambda one: (-one.findings, [*one.key.values()])), totals)


async def _aggregate(database: Database, name: str, by: Sequence[str], chosen: FindingFilter) -> Document:
    try:
        with pymongo.timeout(PATIENCE):
            cursor = await database[name].aggregate(_pipeline(by, chosen), allowDiskUse=True)
            found: Document = (await charged.all_of(cursor))[0]
    except (ExecutionTimeout, NetworkTimeout) as error:
        check_deadline()
        raise errors.Busy("Counting takes too long: choose a rule, a collection or a time.") from error
    return found


def _pipeline(by: Sequence[str], chosen: FindingFilter) -> list[Document]:
    """A row per document or, to count by rule, per document and rule: so that each counts a document once."""
    rules: Any = "$quality.rule"
    if chosen.rule is not None:
        rules = {"$filter": {"input": rules, "as": "rule", "cond": {"$eq": ["$$rule", {"$literal": chosen.rule}]}}}
    keys = {key: f"${key}" for key in by}
    findings: Any = {"$size": "$rules"}
    per_rule: list[Document] = []
    if "rule" in by:
        keys, findings = {**keys, "rule": "$per.rule"}, "$per.findings"
        per_rule = [{"$set": {"per": _PER_RULE}}, {"$unwind": "$per"}]
    examples = {"$minN": {"input": "$_id", "n": EXAMPLES}}
    counts = [*per_rule, {"$group": {"_id": keys, **_sums(findings), "examples": examples}}]
    total = [{"$group": {"_id": None, **_sums({"$size": "$rules"})}}]
    return [
        {"$match": _documents(chosen)},
        {"$project": {**_OF_DOCUMENT, "rules": rules}},
        {"$match": {"source": {"$eq": chosen.source}} if chosen.source is not None else {}},
        {"$facet": {"counts": counts, "total": total}},
    ]


def _sums(findings: Any) -> Document:
    return {"findings": {"$sum": findings}, "documents": {"$sum": 1}}


def _documents(chosen: FindingFilter) -> Document:
    """What the index finds."""
    wanted: Document = defaultdict(dict)
    wanted[INDEX] = {"$exists": True} if chosen.rule is None else {"$eq": chosen.rule}
    for operator, moment in (("$gte", chosen.from_), ("$lt", chosen.to)):
        if moment is not None:
            wanted["fhir.updated"][operator] = moment
    return dict(wanted)
