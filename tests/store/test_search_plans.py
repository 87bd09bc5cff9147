"""An index serves every search."""

import pytest

from gateway.search import compile as compiler
from gateway.search.query import parse
from gateway.store import Store

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
    plan = compiler.compile(parse(type_, pairs))  # type: ignore[arg-type]
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
    plan = compiler.compile(parse("Observation", pairs))  # type: ignore[arg-type]
    sort = {key.field: -1 if key.descending else 1 for key in plan.order}
    explained = await hospital.database.command("explain", {"find": "resources", "filter": plan.match(), "sort": sort})
    assert "'SORT'" not in str(explained["queryPlanner"]["winningPlan"])
