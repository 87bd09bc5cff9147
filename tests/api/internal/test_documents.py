"""The internal documents over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx

from gateway.api import Deployment
from gateway.store import Letter
from tests.api.expect import resource

Make = Callable[..., dict[str, Any]]
ROOT = "http://gateway/internal"


def heart_rate(number: int, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": f"2026-01-{number + 10}",
        **more,
    }


async def test_a_patient_is_a_plain_document(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1", birthDate="1970-03"))
    document = resource(await client.get(f"{ROOT}/patients/p1"))
    assert (document["_id"], document["birth_date"]) == ("p1", "1970-03")
    assert (document["fhir"]["type"], document["fhir"]["version"]) == ("Patient", 1)
    for unknown in ("nobody", "a_b", "%00"):
        assert (await client.get(f"{ROOT}/patients/{unknown}")).status_code == 404


async def test_decimals_are_numbers_as_written(client: httpx.AsyncClient) -> None:
    body = (
        b'{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}'
    )
    await client.put("Observation/o1", content=body)
    assert b"1.50" in (await client.get(f"{ROOT}/observations/o1")).content


async def test_observations_come_newest_first_page_by_page(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await client.put(f"Observation/o{number}", json=heart_rate(number))
    undated = heart_rate(9)
    del undated["effectiveDateTime"]
    await client.put("Observation/o9", json=undated)
    met, url = [], f"{ROOT}/observations?patient=Patient/p1&limit=2"
    while url:
        page = resource(await client.get(url))
        met += [document["_id"] for document in page["observations"]]
        url = page["next"] and f"http://gateway{page['next']}"
    assert met == ["o4", "o3", "o2", "o1", "o0", "o9"]


async def test_observations_are_chosen_by_any_code_also_of_components(client: httpx.AsyncClient) -> None:
    part = {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}}
    await client.put("Observation/o1", json=heart_rate(1))
    await client.put("Observation/o2", json=heart_rate(2, code={"text": "BP"}, component=[part]))
    for code, expected in (
        ("http://loinc.org|8867-4", "o1"),
        ("8867-4", "o1"),
        ("http://loinc.org|8480-6", "o2"),
        ("8480-6", "o2"),
    ):
        page = resource(await client.get(f"{ROOT}/observations", params={"patient": "p1", "code": code}))
        assert [document["_id"] for document in page["observations"]] == [expected], code


async def test_broken_parameters_are_problems(client: httpx.AsyncClient) -> None:
    for query in (
        "patient=",
        "patient=a_b",
        "patient=p1&limit=0",
        "patient=p1&limit=x",
        "patient=p1&after=x",
        "patient=p1&after=W10=",
        "patient=p1&after=%00",
    ):
        answer = await client.get(f"{ROOT}/observations?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), query


async def test_letters_are_listed_without_what_they_hold(client: httpx.AsyncClient, deployment: Deployment) -> None:
    await deployment.store.letters.add(Letter("partner:north", "Patient/1", "invalid", "gender", b"secret payload"))
    answer = await client.get(f"{ROOT}/letters")
    [letter] = resource(answer)["letters"]
    assert (letter["source"], letter["reason"], letter["bytes"], letter["attempts"]) == (
        "partner:north",
        "invalid",
        14,
        1,
    )
    assert "secret" not in answer.text
    assert resource(await client.get(f"{ROOT}/letters?source=other")) == {"letters": [], "total": 0}


async def test_reasons_for_missing_scores_are_told_by_patient(
    client: httpx.AsyncClient, deployment: Deployment
) -> None:
    reason = {"patient": "p1", "score": "bmi", "reasons": ["no height"]}
    await deployment.store.states.put("not-scored/p1/bmi", reason)
    await deployment.store.states.put("not-scored/p11/bmi", {**reason, "patient": "p11"})
    assert resource(await client.get(f"{ROOT}/not-scored?patient=p1")) == {"not_scored": [reason]}
    assert len(resource(await client.get(f"{ROOT}/not-scored"))["not_scored"]) == 2
