"""Findings in internal documents are counted by rule, source and day."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.errors import Busy
from gateway.store import Store
from gateway.store.internal import quality
from gateway.store.internal.quality import CollectionTotal, FindingCount, FindingFilter, Quality

EARLY, LATE = datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def document(
    id_: str, *rules: str, source: str | None = None, origin: str = "api", at: datetime = EARLY
) -> dict[str, Any]:
    findings = {"quality": [{"rule": rule, "path": "x"} for rule in rules]} if rules else {}
    named = {"source": source} if source else {}
    return {"_id": id_, **findings, **named, "fhir": {"type": "Patient", "version": 1, "origin": origin, "updated": at}}


@pytest.fixture
async def store(store: Store) -> Store:
    await store.database.things.delete_many({})
    await store.database.others.delete_many({})
    await quality.create_index(store.database, ["things", "others"])
    await store.database.things.insert_many(
        [
            document("a", "unit", "unit", "date", source="urn:ward#message-1"),
            document("b", "unit", source="urn:ward#message-2", at=LATE),
            document("c", "date", source="urn:ward", origin="partner:north"),
            document("d"),
        ]
    )
    await store.database.others.insert_one(document("e", "unit"))
    return store


async def count(
    store: Store, *by: str, which: FindingFilter | None = None, collections: tuple[str, ...] = ("things",)
) -> Quality:
    return await store.internal.quality(collections, by, which or FindingFilter())


async def test_each_rule_counts_its_findings_and_a_document_once(store: Store) -> None:
    counted = await count(store, "rule")
    assert counted.counts == [
        FindingCount({"rule": "unit"}, findings=3, documents=2, examples=["things/a", "things/b"]),
        FindingCount({"rule": "date"}, findings=2, documents=2, examples=["things/a", "things/c"]),
    ]
    assert counted.totals == [CollectionTotal("things", 4, 3, 5)]


async def test_the_source_is_the_partner_else_the_named_source_else_the_origin(store: Store) -> None:
    counted = await count(store, "source", collections=("things", "others"))
    assert [(each.key["source"], each.findings) for each in counted.counts] == [
        ("urn:ward", 4),
        ("api", 1),
        ("partner:north", 1),
    ]


async def test_days_are_those_of_utc(store: Store) -> None:
    counted = await count(store, "day")
    assert {each.key["day"]: each.findings for each in counted.counts} == {"2026-01-31": 4, "2026-02-01": 1}


async def test_several_keys_count_together(store: Store) -> None:
    counted = await count(store, "rule", "day")
    assert [(*each.key.values(), each.findings) for each in counted.counts] == [
        ("date", "2026-01-31", 2),
        ("unit", "2026-01-31", 2),
        ("unit", "2026-02-01", 1),
    ]


@pytest.mark.parametrize(
    ("which", "findings"),
    [
        (FindingFilter(rule="unit"), 3),
        (FindingFilter(rule="none such"), 0),
        (FindingFilter(source="urn:ward"), 4),
        (FindingFilter(source="partner:north"), 1),
        (FindingFilter(from_=LATE), 1),
        (FindingFilter(to=LATE), 4),
        (FindingFilter(from_=EARLY, to=EARLY), 0),
        (FindingFilter(rule="date", source="partner:north", from_=EARLY, to=LATE), 1),
        (FindingFilter(rule="$fhir.origin"), 0),
    ],
)
async def test_only_the_findings_that_are_asked_for_count(store: Store, which: FindingFilter, findings: int) -> None:
    counted = await count(store, "rule", which=which)
    assert sum(each.findings for each in counted.counts) == findings
    assert counted.totals[0].findings == findings and counted.totals[0].documents == 4


async def test_collections_are_counted_together_and_apart(store: Store) -> None:
    counted = await count(store, "rule", collections=("things", "others"))
    assert [(each.key["rule"], each.findings, each.documents) for each in counted.counts] == [
        ("unit", 4, 3),
        ("date", 2, 2),
    ]
    assert [(total.collection, total.findings) for total in counted.totals] == [("things", 5), ("others", 1)]
    assert counted.counts[0].examples == ["things/a", "things/b", "others/e"]


async def test_an_empty_collection_has_no_findings(store: Store) -> None:
    counted = await count(store, "rule", collections=("nothing",))
    assert (counted.counts, counted.totals) == ([], [CollectionTotal("nothing", 0, 0, 0)])


async def test_counting_that_takes_too_long_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "COUNT_SECONDS", 0.000_001)
    with pytest.raises(Busy, match="choose a rule, a collection or a time"):
        await count(store, "rule")
