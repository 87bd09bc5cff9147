"""An index serves every search."""

import pytest

from gateway.search.compile.plan import plan_search
from gateway.search.query import parse
from gateway.store import Store
from tests.store.searching import all_pages, found, ids, put

SHAPES = [
    ("Observation", "patient=a&code=http://loinc.org|8480-6&date=ge2024"),
    ("Observation", "patient=a&code=8480-6&_sort=-date"),
    ("Observation", "code=http://loinc.org|8480-6&date=lt2024"),
    ("Observation", "date=2024-01-01"),
    ("Observation", "value-quantity=gt5|http://unitsofmeasure.org|mg"),
    ("Patient", "identifier=http://example.org|1"),
    ("Patient", "identifier=1"),
    ("Patient", "name=smi"),
    ("Patient", "name:contains=smi"),
    ("Patient", "identifier=http://example.org|"),
    ("Patient", "organization:missing=false"),
    ("Patient", "organization:missing=true"),
    ("Patient", "gender:not=male"),
    ("Observation", "date=ge2024&_sort=-date"),
    ("Observation", "value-date=2024"),
    ("Observation", "component-code-value-quantity=8480-6$gt140"),
    ("Observation", "combo-code-value-quantity=http://loinc.org|8480-6$gt140&patient=a"),
    ("Patient", "_lastUpdated=gt2024-01-01"),
    ("Patient", "_sort=-_lastUpdated"),
    ("Patient", "_id=a,b"),
    ("Patient", "_id:not=a"),
    ("Patient", ""),
    (None, ""),
    (None, "_tag=x"),
    (None, "_lastUpdated=gt2024-01-01"),
]


@pytest.mark.parametrize(("type_", "query"), SHAPES)
async def test_an_index_serves_the_search(hospital: Store, type_: str | None, query: str) -> None:
    pairs = [tuple(part.split("=", 1)) for part in query.split("&") if part]
    plan = plan_search(parse(type_, pairs))  # type: ignore[arg-type]
    sort = {key.field: -1 if key.descending else 1 for key in plan.order}
    explained = await hospital.database.command("explain", {"find": "resources", "filter": plan.match(), "sort": sort})
    assert "COLLSCAN" not in str(explained["queryPlanner"]["winningPlan"])


@pytest.mark.parametrize(
    "query",
    [
        "code=http://loinc.org|8480-6",
        "status=final&patient=a&code=1",
        "date=ge2024",
        "_sort=date",
        "",
        "_sort=_lastUpdated",
    ],
)
async def test_the_index_yields_the_order_too(hospital: Store, query: str) -> None:
    pairs = [tuple(part.split("=", 1)) for part in query.split("&") if part]
    plan = plan_search(parse("Observation", pairs))  # type: ignore[arg-type]
    sort = {key.field: -1 if key.descending else 1 for key in plan.order}
    explained = await hospital.database.command("explain", {"find": "resources", "filter": plan.match(), "sort": sort})
    assert "'SORT'" not in str(explained["queryPlanner"]["winningPlan"])


STAYS = {
    "short": ("2024-03-05T08:00:00Z", "2024-03-05T09:00:00Z"),
    "days": ("2024-02-20", "2024-03-06"),
    "long": ("2020-01-01", "2024-03-07"),
    "open": ("2019-01-01", None),
    "past": ("2024-01-01", "2024-01-02"),
    "future": ("2025-01-01", "2025-01-02"),
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("date=ge2024-03-05", ["future", "short", "days", "long", "open"]),
        ("date=ge2024-03-05&_sort=date", ["open", "long", "days", "short", "future"]),
        ("date=gt2024-03-05", ["future", "days", "long", "open"]),
        ("date=sa2024-03-04", ["future", "short"]),
        ("date=ge2024-01-01&date=lt2024-02-01", ["past", "long", "open"]),
        ("date=2024-03-05", ["short"]),
        ("date=ap2024-03-05", ["short", "days", "long", "open"]),
        ("date=ge2024-03-05&status=finished", ["future", "short", "days", "long", "open"]),
    ],
)
async def test_what_lasts_long_is_found_as_well(store: Store, query: str, expected: list[str]) -> None:
    periods = {id_: {"start": start, **({"end": end} if end else {})} for id_, (start, end) in STAYS.items()}
    await put(
        store, *({"resourceType": "Encounter", "id": i, "status": "finished", "period": p} for i, p in periods.items())
    )
    assert ids(await found(store, "Encounter", query)) == expected
    assert (await found(store, "Encounter", f"{query}&_summary=count")).total == len(expected)
    pages = await all_pages(store, "Encounter", f"{query}&_count=2")
    assert [one for page in pages for one in page] == expected


async def test_a_search_by_date_reads_little_of_what_is_older(hospital: Store) -> None:
    plan = plan_search(parse("Observation", [("code", "http://loinc.org|8480-6"), ("date", "ge2024-02-15")]))
    recent, *older = plan.eras()
    assert len(older) == 2
    command = {"find": "resources", "filter": recent, "sort": {"at": -1, "_id": -1}}
    explained = await hospital.database.command("explain", command, verbosity="executionStats")
    assert explained["executionStats"]["totalKeysExamined"] <= 2  # of the three with this code
