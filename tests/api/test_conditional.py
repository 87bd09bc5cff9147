"""Conditional create, update and delete."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from tests.api.expect import ids, outcome, resource

Make = Callable[..., dict[str, Any]]
QUERY = "identifier=http://a.example|1"
ONE = [{"system": "http://a.example", "value": "1"}]


async def test_create_leaves_the_one_match_alone(client: httpx.AsyncClient, patient: Make) -> None:
    condition = {"If-None-Exist": QUERY}
    first = await client.post("Patient", json=patient(identifier=ONE), headers=condition)
    second = await client.post("Patient", json=patient(identifier=ONE, active=True), headers=condition)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.content == first.content


async def test_the_condition_of_a_create_may_repeat_the_type(client: httpx.AsyncClient, patient: Make) -> None:
    for written in (QUERY, f"?{QUERY}", f"Patient?{QUERY}"):
        await client.post("Patient", json=patient(identifier=ONE), headers={"If-None-Exist": written})
    assert len(ids(resource(await client.get("Patient")))) == 1


async def test_concurrent_creates_leave_one_resource(client: httpx.AsyncClient, patient: Make) -> None:
    condition = {"If-None-Exist": QUERY}
    made = await asyncio.gather(
        *(client.post("Patient", json=patient(identifier=ONE), headers=condition) for _ in range(12))
    )
    assert sorted(r.status_code for r in made) == [200] * 11 + [201]
    assert len({r.json()["id"] for r in made}) == 1


async def test_more_than_one_match_is_refused(client: httpx.AsyncClient, patient: Make) -> None:
    for _ in range(2):
        await client.post("Patient", json=patient(identifier=ONE))
    new = patient(identifier=ONE)
    outcome(await client.post("Patient", json=new, headers={"If-None-Exist": QUERY}), 412, "multiple-matches")
    outcome(await client.put(f"Patient?{QUERY}", json=new), 412, "multiple-matches")
    outcome(await client.delete(f"Patient?{QUERY}"), 412, "multiple-matches")
    assert len(ids(resource(await client.get(f"Patient?{QUERY}")))) == 2


async def test_update_creates_or_updates_the_match(client: httpx.AsyncClient, patient: Make) -> None:
    created = await client.put(f"Patient?{QUERY}", json=patient(identifier=ONE))
    updated = await client.put(f"Patient?{QUERY}", json=patient(identifier=ONE, active=True))
    assert (created.status_code, updated.status_code) == (201, 200)
    assert resource(updated)["id"] == created.json()["id"]
    other = patient(identifier=ONE, id="other")
    outcome(await client.put(f"Patient?{QUERY}", json=other), 400, "invalid")


async def test_update_without_a_match_takes_the_id_of_the_body(client: httpx.AsyncClient, patient: Make) -> None:
    made = await client.put(f"Patient?{QUERY}", json=patient(id="mine", identifier=ONE))
    assert resource(made, 201)["id"] == "mine"
    outcome(await client.put("Patient?identifier=none", json=patient(id="mine")), 409, "conflict")


async def test_delete_takes_the_one_match(client: httpx.AsyncClient, patient: Make) -> None:
    made = resource(await client.post("Patient", json=patient(identifier=ONE)), 201)
    outcome(await client.delete(f"Patient?{QUERY}"), 200)
    outcome(await client.get(f"Patient/{made['id']}"), 410)
    outcome(await client.delete(f"Patient?{QUERY}"), 200)


async def test_a_condition_needs_a_criterion_that_exists(client: httpx.AsyncClient, patient: Make) -> None:
    await client.post("Patient", json=patient())
    outcome(await client.delete("Patient"), 400, "invalid")
    outcome(await client.delete("Patient?_count=1"), 400, "invalid")
    lenient = {"Prefer": "handling=lenient"}
    outcome(await client.delete("Patient?foo=bar", headers=lenient), 400, "not-supported")
    outcome(await client.put("Patient", json=patient()), 400, "invalid")
    outcome(await client.post("Patient", json=patient(), headers={"If-None-Exist": "foo=bar"}), 400, "not-supported")


async def test_a_condition_in_the_url_of_a_create_is_one(client: httpx.AsyncClient, patient: Make) -> None:
    made = [await client.post(f"Patient?{QUERY}", json=patient(identifier=ONE)) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 200]
    outcome(await client.post("Patient?foo=1", json=patient()), 400, "not-supported")
    assert (await client.post("Patient?_format=json", json=patient())).status_code == 201


async def test_how_the_answer_is_shown_is_no_condition(client: httpx.AsyncClient, patient: Make) -> None:
    """`_summary` and `_elements` may come with every interaction (https://hl7.org/fhir/R4/http.html#parameters)."""
    for query in ("_summary=true", "_elements=gender&_pretty=true"):
        assert (await client.post(f"Patient?{query}", json=patient())).status_code == 201


async def test_a_condition_without_a_value_is_refused(client: httpx.AsyncClient, patient: Make) -> None:
    empty = {"If-None-Exist": f"{QUERY}&name="}
    outcome(await client.post("Patient", json=patient(), headers=empty), 400, "invalid")
    outcome(await client.delete("Patient?identifier="), 400, "invalid")
