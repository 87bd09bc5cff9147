"""Findings of data quality, counted over HTTP and shown on a page."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.api import Deployment
from gateway.api.pages import pages
from tests.api.expect import resource

URL = "http://gateway/internal/quality"


def document(id_: str, origin: str | None, day: int, *rules: str, source: str | None = None) -> dict[str, Any]:
    found = {"quality": [{"rule": rule, "path": f"name[{n}]"} for n, rule in enumerate(rules)]} if rules else {}
    reflects = {"version": 1, "updated": datetime(2026, 1, day, 23, 30, tzinfo=UTC)} | (
        {"origin": origin} if origin else {}
    )
    return {"_id": id_, "fhir": reflects, **found} | ({"source": source} if source else {})


@pytest.fixture
async def filled(client: httpx.AsyncClient, deployment: Deployment) -> httpx.AsyncClient:
    patients = [
        document("p1", "api", 1, "text.whitespace", "text.whitespace", "date.future"),
        document("p2", "partner:north", 1, "text.whitespace"),
        document("p3", "partner:north", 2, "text.whitespace", source="https://north.example/fhir/Patient/3"),
        document("p4", "api", 2, "date.future", source="urn:south#message-7"),
        document("p5", "api", 2),
    ]
    await deployment.store.database["patients"].insert_many(patients)
    observations = [document(f"o{number}", "api", 3, "unit.spelling") for number in range(5)]
    await deployment.store.database["observations"].insert_many(observations)
    return client


async def counts(client: httpx.AsyncClient, query: str = "") -> list[tuple[Any, ...]]:
    rows = resource(await client.get(f"{URL}?{query}"))["counts"]
    for row in rows:
        del row["examples"]
    return [tuple(row.values()) for row in rows]


async def test_by_rule_with_examples_and_totals(filled: httpx.AsyncClient) -> None:
    found = resource(await filled.get(URL))
    assert found["counts"] == [
        {
            "rule": "unit.spelling",
            "findings": 5,
            "documents": 5,
            "examples": ["observations/o0", "observations/o1", "observations/o2"],
        },
        {
            "rule": "text.whitespace",
            "findings": 4,
            "documents": 3,
            "examples": ["patients/p1", "patients/p2", "patients/p3"],
        },
        {"rule": "date.future", "findings": 2, "documents": 2, "examples": ["patients/p1", "patients/p4"]},
    ]
    totals = {one.pop("collection"): one for one in found["totals"]}
    assert totals["patients"] == {"documents": 5, "with_findings": 4, "findings": 6}
    assert totals["conditions"] == {"documents": 0, "with_findings": 0, "findings": 0}
    assert found["more"] == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("by=source", [("api", 8, 6), ("partner:north", 2, 2), ("urn:south", 1, 1)]),
        ("by=day", [("2026-01-03", 5, 5), ("2026-01-01", 4, 2), ("2026-01-02", 2, 2)]),
        ("by=day,rule&rule=date.future", [("2026-01-01", "date.future", 1, 1), ("2026-01-02", "date.future", 1, 1)]),
        ("collection=patients&source=partner:north", [("text.whitespace", 2, 2)]),
        ("from=2026-01-02&to=2026-01-02", [("date.future", 1, 1), ("text.whitespace", 1, 1)]),
        ("from=2026-01-02T23:30:01Z&collection=patients", []),
        ("limit=1", [("unit.spelling", 5, 5)]),
        ("rule=nothing", []),
    ],
)
async def test_by_other_keys_and_of_a_choice(filled: httpx.AsyncClient, query: str, expected: list[Any]) -> None:
    assert await counts(filled, query) == expected


@pytest.mark.parametrize("query", ["by=", "by=path", "from=x", "limit=0", "colection=patients"])
async def test_what_cannot_be_counted_is_a_problem(filled: httpx.AsyncClient, query: str) -> None:
    answer = await filled.get(f"{URL}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]
    assert (await filled.get(f"{URL}?collection=nothing")).status_code == 404


async def test_the_count_reads_only_documents_with_findings(filled: httpx.AsyncClient, deployment: Deployment) -> None:
    plan = await deployment.store.database["patients"].find({"quality.rule": {"$exists": True}}).explain()
    assert plan["queryPlanner"]["winningPlan"]["inputStage"]["indexName"] == "quality.rule_1"
    plan = await deployment.store.database["patients"].find({"quality.rule": "date.future"}).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 2


async def test_the_page_shows_them_escaped(filled: httpx.AsyncClient, app: FastAPI, deployment: Deployment) -> None:
    await deployment.store.database["patients"].insert_one(document("p9", "<b>", 1, "<script>"))
    pages.mount(app, deployment, ())
    page = (await filled.get("http://gateway/quality")).text
    assert "text.whitespace" in page and 'href="/internal/patients/p2"' in page
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert 'href="/quality"' in (await filled.get("http://gateway/")).text
