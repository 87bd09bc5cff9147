"""`$viewdefinition-run` over HTTP."""

import json
from typing import Any

import httpx
import pytest

from gateway.fhir.view import formats

VIEW: dict[str, Any] = {
    "resourceType": "ViewDefinition",
    "resource": "Patient",
    "select": [{"column": [{"name": "id", "path": "id"}, {"name": "family", "path": "name.family"}]}],
}
RUN = "ViewDefinition/$viewdefinition-run"


def parameters(*given: tuple[str, Any], view: dict[str, Any] = VIEW) -> dict[str, Any]:
    """`("header", {"valueBoolean": False})`; a resource is given as it is."""
    parts = [{"name": name, **(value if "resourceType" not in value else {"resource": value})} for name, value in given]
    return {"resourceType": "Parameters", "parameter": [{"name": "viewResource", "resource": view}, *parts]}


def patient(id_: str, family: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id_, "name": [{"family": family}]}


@pytest.fixture
async def stored(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Patients a and b, an observation of a."""
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/a"},
        "performer": [{"reference": "Patient/a"}],
    }
    for resource in (patient("a", "Muster"), patient("b", "Beispiel"), observation):
        answer = await client.put(f"{resource['resourceType']}/{resource['id']}", json=resource)
        assert answer.status_code == 201, answer.text
    return client


@pytest.mark.parametrize("path", [RUN, "$viewdefinition-run"])
async def test_rows_of_the_resources_sent_come_as_ndjson(client: httpx.AsyncClient, path: str) -> None:
    sent = parameters(("resource", patient("x", "Y")), ("resource", {"resourceType": "Observation"}))
    answer = await client.post(path, json=sent)
    assert (answer.status_code, answer.text) == (200, '{"id":"x","family":"Y"}\n')
    assert answer.headers["content-type"] == "application/x-ndjson"


@pytest.mark.parametrize(
    ("given", "query", "accept", "text"),
    [
        ([("_format", {"valueCode": "csv"})], "", "application/json", "id,family\na,Muster\nb,Beispiel\n"),
        ([("header", {"valueBoolean": False})], "?_format=csv", "*/*", "a,Muster\nb,Beispiel\n"),
        ([], "", "text/csv", "id,family\na,Muster\nb,Beispiel\n"),
        ([], "?_limit=1", "application/json", '[{"id":"a","family":"Muster"}]'),
        ([("_limit", {"valueInteger": 0})], "", "application/json", "[]"),
        ([("_since", {"valueInstant": "2100-01-01T00:00:00Z"})], "", "application/json", "[]"),
        ([("patient", {"valueReference": {"reference": "Patient/b"}})], "", "text/csv", "id,family\nb,Beispiel\n"),
    ],
)
async def test_rows_of_what_is_stored_come_as_asked(
    stored: httpx.AsyncClient, given: list[tuple[str, Any]], query: str, accept: str, text: str
) -> None:
    answer = await stored.post(RUN + query, json=parameters(*given), headers={"Accept": accept})
    assert (answer.status_code, answer.text) == (200, text)


async def test_what_lies_in_a_compartment_in_two_ways_comes_once(stored: httpx.AsyncClient) -> None:
    view = {**VIEW, "resource": "Observation", "select": [{"column": [{"name": "id", "path": "id"}]}]}
    for id_, text in (("a", '{"id":"o"}\n'), ("b", "")):
        asked = parameters(("patient", {"valueReference": {"reference": f"Patient/{id_}"}}), view=view)
        assert (await stored.post(RUN, json=asked)).text == text


async def test_all_pages_of_what_is_stored_are_read(client: httpx.AsyncClient) -> None:
    entries = [
        {"resource": patient(f"p{n}", "X"), "request": {"method": "PUT", "url": f"Patient/p{n}"}} for n in range(501)
    ]
    for start in (0, 300):
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries[start : start + 300]}
        assert (await client.post("", json=bundle)).status_code == 200
    answer = await client.post(RUN, json=parameters(), headers={"Accept": "application/json"})
    assert len({row["id"] for row in json.loads(answer.text)}) == len(json.loads(answer.text)) == 501


@pytest.mark.parametrize(
    ("body", "query", "status", "code", "expression"),
    [
        ({"resourceType": "Parameters"}, "", 400, "invalid", None),
        ({"resourceType": "Patient"}, "", 400, "invalid", None),
        (parameters(("group", {"valueReference": {}})), "", 400, "not-supported", "Parameters.parameter[1]"),
        (parameters(("_limit", {"valueString": "1"})), "", 400, "invalid", "Parameters.parameter"),
        (parameters(), "?_limit=-1", 400, "invalid", "_limit"),
        (parameters(), "?_format=avro", 400, "not-supported", "_format"),
        (parameters(("patient", {"valueReference": {"reference": "Patient/zz"}})), "", 404, "not-found", None),
        (parameters(("patient", {"valueReference": {"reference": "x"}})), "", 400, "invalid", "Parameters.parameter"),
        (parameters(view={**VIEW, "select": []}), "", 422, "processing", "ViewDefinition.select"),
        (
            parameters(
                ("resource", {"resourceType": "Patient", "name": [{"family": "a"}, {"family": "b"}]}),
            ),
            "",
            422,
            "processing",
            "ViewDefinition.select[0].column[1].path",
        ),
    ],
)
async def test_what_cannot_be_done_is_an_operation_outcome(
    client: httpx.AsyncClient, body: dict[str, Any], query: str, status: int, code: str, expression: str | None
) -> None:
    answer = await client.post(RUN + query, json=body, headers={"Accept": "text/csv"})
    issue = answer.json()["issue"][0]
    assert (answer.status_code, issue["code"], issue.get("expression", [None])[0]) == (status, code, expression)


async def test_parquet_where_it_is_not_installed_is_not_supported(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "parquet" in formats.FORMATS
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    answer = await client.post(f"{RUN}?_format=parquet", json=parameters())
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "not-supported")
