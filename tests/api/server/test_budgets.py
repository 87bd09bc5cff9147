"""What one request may use, by HTTP: `too-costly` says which limit it is, and nothing is half done."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.budget import Limits
from gateway.memory import Memory
from gateway.store import Letter, Store
from gateway.store.find import search as searching
from tests.api.conftest import JSON
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

SLOW: list[dict[str, Any]] = [
    {"$set": {"_n": {"$range": [0, 100_000]}}},
    {"$unwind": "$_n"},
    {"$match": {"_n": 0}},
    {"$unset": "_n"},
]
"""Stages that find the same, but take MongoDB long."""


@asynccontextmanager
async def at(deployment: Deployment, **changed: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create(replace(deployment, **changed))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/", headers=JSON
    ) as client:
        yield client


def bundle(kind: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def get(url: str) -> dict[str, Any]:
    return {"request": {"method": "GET", "url": url}}


def put(one: dict[str, Any]) -> dict[str, Any]:
    return {"request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}, "resource": one}


async def fill(client: httpx.AsyncClient, patient: Make, count: int, **elements: Any) -> None:
    entries = [put(patient(id=f"p{number}", **elements)) for number in range(count)]
    resource(await client.post("", json=bundle("batch", *entries)))


def texts(response: httpx.Response) -> list[str]:
    return [issue["diagnostics"] for issue in outcome(response, 400, "too-costly")]


async def running(store: Store) -> list[Any]:
    """What MongoDB is doing for this database at the moment."""
    found = await store.client.admin.command({"currentOp": 1, "active": True, "ns": f"{store.database.name}.resources"})
    return list(found["inprog"])


async def stopped(store: Store) -> bool:
    for _ in range(60):
        if not await running(store):
            return True
        await asyncio.sleep(0.1)
    return False


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches of which MongoDB has much to do."""
    pipeline = searching._pipeline

    def slowed(*args: Any) -> list[Any]:
        return [*pipeline(*args), *SLOW]

    monkeypatch.setattr(searching, "_pipeline", slowed)


async def test_time_that_is_over_is_told_and_ends_the_work_in_mongodb(
    deployment: Deployment, patient: Make, slow: None
) -> None:
    async with at(deployment) as client:
        await fill(client, patient, 100)
    async with at(deployment, limits=Limits(seconds=0.5)) as client:
        began = asyncio.get_running_loop().time()
        assert "0.5 seconds" in texts(await client.get("Patient?_count=100"))[0]
        assert asyncio.get_running_loop().time() - began < 3
        assert await stopped(deployment.store)


async def test_a_small_request_beside_a_costly_one_is_answered(
    deployment: Deployment, patient: Make, slow: None
) -> None:
    async with at(deployment) as client:
        await fill(client, patient, 100)
    async with at(deployment, limits=Limits(seconds=1)) as client:
        costly = asyncio.create_task(client.get("Patient?_count=100"))
        await asyncio.sleep(0.3)
        read = await asyncio.wait_for(client.get("Patient/p1"), 2)
        assert (resource(read)["id"], costly.done()) == ("p1", False)
        assert texts(await costly)


@pytest.mark.parametrize(
    "url",
    [
        "Observation?_count=50",
        "Observation/_history?_count=50",
        "_history?_count=50",
        "Patient/p1/$everything?_count=50",
        "Patient?_id=p1&_revinclude=Observation:subject",
        "Observation/$lastn?subject=Patient/p1&code=x",
    ],
)
async def test_documents_are_counted_wherever_they_are_read(deployment: Deployment, patient: Make, url: str) -> None:
    coded = {"status": "final", "code": {"coding": [{"code": "x"}]}, "subject": {"reference": "Patient/p1"}}
    seen = [put({"resourceType": "Observation", "id": f"o{number}", **coded}) for number in range(30)]
    async with at(deployment) as client:
        await fill(client, patient, 2)
        resource(await client.post("", json=bundle("batch", *seen)))
        assert resource(await client.get(url))["entry"]
    async with at(deployment, limits=Limits(documents=20)) as client:
        assert texts(await client.get(url)) == ["the request reads more than the 20 documents allowed: ask for less"]
        assert len(resource(await client.get("Observation?_count=10"))["entry"]) == 10


@pytest.mark.parametrize("path", ["patients", "patients/p1"])
async def test_internal_documents_are_counted_too(deployment: Deployment, patient: Make, path: str) -> None:
    async with at(deployment) as client:
        await fill(client, patient, 5)
        assert (await client.get(f"http://gateway/internal/{path}")).status_code == 200
    async with at(deployment, limits=Limits(bytes=10)) as client:
        refused = await client.get(f"http://gateway/internal/{path}")
        assert refused.status_code == 400 and "more than the 10 bytes" in refused.json()["title"]


@pytest.mark.parametrize("url", ["Patient", "Patient/_history", "?_type=Patient", "Patient/p1/_history"])
async def test_bytes_name_their_limit(deployment: Deployment, patient: Make, url: str) -> None:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{"x" * 5_000}</div>'}
    async with at(deployment) as client:
        await fill(client, patient, 20, text=text)
        for number in range(19):
            await client.put("Patient/p1", json=patient(id="p1", text=text, active=number % 2 == 0))
    async with at(deployment, limits=Limits(bytes=50_000)) as client:
        assert texts(await client.get(url)) == ["the request needs more than the 50,000 bytes allowed: ask for less"]
        fewer = await client.get(f"{url}{'&' if '?' in url else '?'}_count=5")
        assert len(resource(fewer)["entry"]) == 5


async def test_values_name_the_parameter(deployment: Deployment) -> None:
    async with at(deployment) as client:
        names = ",".join(f"name{number}" for number in range(30_000))
        for answer in (
            await client.post("Patient/_search", content=f"name={names}", headers=FORM),
            await client.post("_search", content=f"_type=Patient&_id={names}", headers=FORM),
            await client.post("", json=bundle("transaction", get(f"Patient?_id={names[:200_000]}"))),
        ):
            [text] = texts(answer)
            assert "Search parameter '" in text and "20,000 values" in text


async def test_a_million_names_are_refused_at_once(deployment: Deployment) -> None:
    names = ",".join(f"name{number}" for number in range(1_000_000))
    async with at(deployment, max_body=64 * 1024 * 1024) as client:
        began = asyncio.get_running_loop().time()
        outcome(await client.post("Patient/_search", content=f"name={names}", headers=FORM), 413, "too-long")
        entry = await client.post("", json=bundle("batch", get(f"Patient?name={names}"), get("metadata")))
        assert asyncio.get_running_loop().time() - began < 10
        first, second = resource(entry)["entry"]
        assert first["response"]["status"].startswith("413") and second["response"]["status"].startswith("200")


async def test_a_form_of_many_values_is_still_read(deployment: Deployment, patient: Make) -> None:
    async with at(deployment) as client:
        await fill(client, patient, 3)
        ids = ",".join(f"p{number}" for number in range(15_000))
        found = await client.post("Patient/_search", content=f"_id={ids}&_format=xml", headers=FORM)
        assert found.status_code == 200 and found.content.count(b"<Patient>") == 3


async def test_an_entry_that_is_too_much_has_its_own_outcome_and_the_others_their_answers(
    deployment: Deployment, patient: Make
) -> None:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{"x" * 5_000}</div>'}
    async with at(deployment, limits=Limits(bytes=60_000)) as client:
        await fill(client, patient, 20, text=text)
        new = patient(id="new")
        asked = [get("Patient/p1"), get("Patient"), put(new), get("Patient?_id=p2")]
        entries = resource(await client.post("", json=bundle("batch", *asked)))["entry"]
        assert [one["response"]["status"][:3] for one in entries] == ["200", "400", "201", "200"]
        issue = entries[1]["response"]["outcome"]["issue"][0]
        assert (issue["code"], issue["expression"]) == ("too-costly", ["Bundle.entry[1].request.url"])
        assert entries[3]["resource"]["entry"][0]["resource"]["id"] == "p2"
        assert resource(await client.get("Patient/new"))["meta"]["versionId"] == "1"


async def test_the_answers_of_a_batch_are_bounded_together(deployment: Deployment, patient: Make) -> None:
    async with at(deployment, limits=Limits(bytes=200_000)) as client:
        await fill(client, patient, 50)
        one = resource(await client.get("Patient?_count=50"))
        answer = await client.post("", json=bundle("batch", *[get("Patient?_count=50")] * 60))
        entries = resource(answer)["entry"]
        told = [entry for entry in entries if "resource" in entry]
        assert 0 < len(told) < 60 and len(answer.content) < 300_000
        assert all(entry["resource"]["entry"] == one["entry"] for entry in told)
        refused = {entry["response"]["outcome"]["issue"][0]["code"] for entry in entries if "resource" not in entry}
        assert refused == {"too-costly"}


async def test_what_a_batch_has_written_is_told_even_if_its_body_is_too_much(
    deployment: Deployment, patient: Make
) -> None:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{"x" * 5_000}</div>'}
    entries = [put(patient(id=f"p{number}", text=text)) for number in range(20)]
    for kind in ("batch", "transaction"):
        async with at(deployment, limits=Limits(bytes=60_000)) as client:
            answer = await client.post("", json=bundle(kind, *entries), headers={"Prefer": "return=representation"})
            told = resource(answer)["entry"]
            assert {one["response"]["status"][:3] for one in told} == {"201" if kind == "batch" else "200"}
            assert 0 < sum("resource" in one for one in told) < 20
            assert all(one["response"]["etag"] == 'W/"1"' for one in told)


async def test_a_transaction_that_is_too_much_writes_nothing(deployment: Deployment, patient: Make, slow: None) -> None:
    async with at(deployment) as client:
        await fill(client, patient, 100)
    async with at(deployment, limits=Limits(seconds=1)) as client:
        asked = bundle("transaction", put(patient(id="new")), get("Patient?_count=100"))
        assert texts(await client.post("", json=asked))
        outcome(await client.get("Patient/new"), 404)
        assert await deployment.store.feed.head() == 100


async def test_many_answers_together_wait_their_turn(deployment: Deployment, patient: Make) -> None:
    """Memory that others hold is no fault of the request: 503, and it comes back when they are done."""
    async with at(deployment) as client:
        await fill(client, patient, 40)
    memory = Memory(60_000)
    async with at(deployment, memory=memory) as client:
        memory.take(50_000)
        outcome(await client.get("Patient?_count=40"), 503, "transient")
        memory.give_back(50_000)
        for _ in range(5):
            assert len(resource(await client.get("Patient?_count=40"))["entry"]) == 40
    memory.take(60_000)


async def test_large_pages_end_early_and_lead_on(
    deployment: Deployment, patient: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MongoDB sends 16 MB at a time, so a page holds some of these resources but not all."""
    monkeypatch.setattr(searching, "PAGE_BYTES", 1_000_000)
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{"x" * 900_000}</div>'
    async with at(deployment) as client:
        for number in range(24):
            await client.put(
                f"Patient/p{number:02}", json=patient(id=f"p{number:02}", text={"status": "generated", "div": div})
            )
        seen, url = list[str](), "Patient?_count=1000&_sort=_id"
        pages = 0
        while url:
            page = resource(await client.get(url))
            seen += [entry["resource"]["id"] for entry in page["entry"]]
            url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
            pages += 1
        assert (seen, pages > 1) == ([f"p{number:02}" for number in range(24)], True)


async def test_large_and_legal_requests_pass(deployment: Deployment, patient: Make) -> None:
    async with at(deployment, max_entries=5_000, max_body=64 * 1024 * 1024) as client:
        await fill(client, patient, 1_200)
        made = [{"request": {"method": "POST", "url": "Patient"}, "resource": patient()} for _ in range(3_000)]
        entries = resource(await client.post("", content=json.dumps(bundle("batch", *made))))["entry"]
        assert {one["response"]["status"] for one in entries} == {"201 Created"}
        assert len(resource(await client.get("Patient?_count=1000"))["entry"]) == 1_000
        reads = [get(f"Patient/p{number % 1_200}") for number in range(5_000)]
        entries = resource(await client.post("", json=bundle("batch", *reads)))["entry"]
        assert [one["resource"]["id"] for one in entries] == [f"p{number % 1_200}" for number in range(5_000)]


async def test_an_answer_that_is_too_large_for_xml_is_refused_but_not_what_was_written(
    deployment: Deployment, patient: Make
) -> None:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{"x" * 400_000}</div>'}
    as_xml = {"Accept": "application/fhir+xml"}
    async with at(deployment, limits=Limits(bytes=1_000_000)) as client:
        written = await client.put("Patient/p1", json=patient(id="p1", text=text), headers=as_xml)
        assert written.status_code == 201 and written.content.startswith(b"<?xml")
        assert (await client.get("Patient/p1")).status_code == 200
        refused = await client.get("Patient/p1", headers=as_xml)
        assert refused.status_code == 400 and b"too-costly" in refused.content and b"1,000,000 bytes" in refused.content


async def test_a_condition_is_a_search_as_any_other(deployment: Deployment, patient: Make) -> None:
    names = ",".join(f"n{number}" for number in range(2_000))
    async with at(deployment) as client:
        for answer in (
            await client.put(f"Patient?name={names}", json=patient()),
            await client.delete(f"Patient?name={names}"),
            await client.post("Patient", json=patient(), headers={"If-None-Exist": f"name={names}"}),
        ):
            assert "'name'" in texts(answer)[0]
        assert await deployment.store.feed.head() == 0


async def test_letters_are_listed_without_reading_what_they_hold(deployment: Deployment) -> None:
    for key in ("large", "larger"):
        await deployment.store.letters.add(Letter("import", key, "refused", payload=b"x" * 1_000_000))
    await deployment.store.letters.add(Letter("import", "empty", "refused"))
    async with at(deployment, limits=Limits(bytes=100_000)) as client:
        answer = (await client.get("http://gateway/internal/letters")).json()
        assert {one["key"]: one["bytes"] for one in answer["letters"]} == {
            "large": 1_000_000,
            "larger": 1_000_000,
            "empty": 0,
        }
