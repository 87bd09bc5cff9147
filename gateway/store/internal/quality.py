"""Count the findings of the mappings, which are in the field `quality` of the internal documents."""

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

COUNT_SECONDS = 30.0
EXAMPLES = 3
"""The most examples of documents for each count."""
UNKNOWN = "unknown"
"""The source of versions that do not name one."""

KEYS = ("rule", "source", "day")
"""What findings can be counted by.

rule: the rule that was broken.
source: the partner that the version came from; else meta.source up to the #, after which it identifies single messages;
    else the origin of the version.
day: the day on which the version was stored, in UTC.
"""

_META_SOURCE: Document = {"$arrayElemAt": [{"$split": ["$source", "#"]}, 0]}
_IS_FROM_PARTNER: Document = {"$eq": [{"$indexOfBytes": [{"$ifNull": ["$fhir.origin", ""]}, "partner:"]}, 0]}
_HAS_SOURCE: Document = {"$eq": [{"$type": "$source"}, "string"]}
_SOURCES = [{"case": _IS_FROM_PARTNER, "then": "$fhir.origin"}, {"case": _HAS_SOURCE, "then": _META_SOURCE}]
_SOURCE_AND_DAY: Document = {
    "source": {"$switch": {"branches": _SOURCES, "default": {"$ifNull": ["$fhir.origin", UNKNOWN]}}},
    "day": {"$dateToString": {"date": "$fhir.updated", "format": "%Y-%m-%d"}},
}
_FINDINGS_OF_RULE = {"$size": {"$filter": {"input": "$rules", "as": "other", "cond": {"$eq": ["$$other", "$$rule"]}}}}
_PER_RULE = {
    "$map": {"input": {"$setUnion": ["$rules"]}, "as": "rule", "in": {"rule": "$$rule", "findings": _FINDINGS_OF_RULE}},
}

INDEX = "quality.rule"
"""The field of the index, which is sparse: documents without findings are not in it, and are not read."""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """The findings to count; None counts all.

    from_, to: findings in versions that were stored at or after `from_`, and before `to`.
    """

    rule: str | None = None
    source: str | None = None
    from_: datetime | None = None
    to: datetime | None = None


@dataclass(slots=True)
class FindingCount:
    """A number of findings.

    key: the values of what the findings are counted by, such as {"rule": "value.implausible"}.
    documents: the number of documents that have these findings.
    examples: some of these documents, as `collection/id`.
    """

    key: dict[str, str]
    findings: int = 0
    documents: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CollectionTotal:
    """The findings in one collection.

    documents: the number of all its documents.
    with_findings: the number of documents with the findings that are counted.
    findings: the number of these findings.
    """

    collection: str
    documents: int
    with_findings: int
    findings: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Findings by key, the most frequent first, and by collection."""

    counts: Sequence[FindingCount]
    totals: Sequence[CollectionTotal]


async def create_index(database: Database, collections: Iterable[str]) -> None:
    """Create the index that counting needs, in each of `collections`."""
    for name in collections:
        await database[name].create_index(INDEX, sparse=True)


async def summary(database: Database, collections: Iterable[str], by: Sequence[str], which: FindingFilter) -> Quality:
    """Count the findings in `collections`.

    by: one or more of KEYS.
    which: the findings to count.
    Raises Busy if counting takes longer than COUNT_SECONDS.
    """
    counts: dict[tuple[str, ...], FindingCount] = {}
    totals = []
    for name in collections:
        counted = await _aggregate(database, name, by, which)
        for row in counted["counts"]:
            key = {part: str(row["_id"].get(part, UNKNOWN)) for part in by}
            count = counts.setdefault(tuple(key.values()), FindingCount(key))
            count.findings += row["findings"]
            count.documents += row["documents"]
            count.examples += [f"{name}/{id_}" for id_ in row["examples"]]
        [total] = counted["total"] or [{"documents": 0, "findings": 0}]
        documents = int(await database[name].estimated_document_count())
        totals.append(CollectionTotal(name, documents, total["documents"], total["findings"]))
    for count in counts.values():
        del count.examples[EXAMPLES:]
    return Quality(sorted(counts.values(), key=lambda count: (-count.findings, [*count.key.values()])), totals)


async def _aggregate(database: Database, name: str, by: Sequence[str], which: FindingFilter) -> Document:
    try:
        with pymongo.timeout(COUNT_SECONDS):
            cursor = await database[name].aggregate(_pipeline(by, which), allowDiskUse=True)
            counted: Document = (await charged.all_of(cursor))[0]
    except (ExecutionTimeout, NetworkTimeout) as error:
        check_deadline()
        raise errors.Busy("Counting takes too long: choose a rule, a collection or a time.") from error
    return counted


def _pipeline(by: Sequence[str], which: FindingFilter) -> list[Document]:
    """Return the stages: a row per document, or per document and rule if rules are counted, so that each document
    counts once."""
    rules: Any = "$quality.rule"
    if which.rule is not None:
        rules = {"$filter": {"input": rules, "as": "rule", "cond": {"$eq": ["$$rule", {"$literal": which.rule}]}}}
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
        {"$match": _with_findings(which)},
        {"$project": {**_SOURCE_AND_DAY, "rules": rules}},
        {"$match": {"source": {"$eq": which.source}} if which.source is not None else {}},
        {"$facet": {"counts": counts, "total": total}},
    ]


def _sums(findings: Any) -> Document:
    return {"findings": {"$sum": findings}, "documents": {"$sum": 1}}


def _with_findings(which: FindingFilter) -> Document:
    """Return the filter of documents with such findings, which the index answers."""
    filter_: Document = defaultdict(dict)
    filter_[INDEX] = {"$exists": True} if which.rule is None else {"$eq": which.rule}
    for operator, moment in (("$gte", which.from_), ("$lt", which.to)):
        if moment is not None:
            filter_["fhir.updated"][operator] = moment
    return dict(filter_)
