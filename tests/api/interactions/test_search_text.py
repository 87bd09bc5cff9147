"""Searches by words, by `_filter`, by sound and by place, over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from gateway.store import Store
from gateway.store.feed import followers
from gateway.store.find import text_index
from gateway.store.layout.schema import WORDS
from tests.api.expect import ids, outcome, resource
from tests.api.interactions.test_search import link
from tests.api.interactions.test_search_terms import ACT, coded, found  # noqa: F401
from tests.api.ward import observation


def told(id_: str, text: str, **more: Any) -> dict[str, Any]:
    narrative = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'}
    return observation(id_, "8480-6", "2024-01-01", text=narrative, **more)


async def put(client: httpx.AsyncClient, *resources: dict[str, Any]) -> None:
    for one in resources:
        resource(await client.put(f"{one['resourceType']}/{one['id']}", json=one), 201)


async def test_the_example_of_the_specification(client: httpx.AsyncClient) -> None:
    await put(client, told("a", "bone metastases"), told("b", "liver"), told("c", "Metastases, liver"))
    assert await found(client, "Observation?_text=(bone OR liver) and metastases") == ["a", "c"]
    form = await client.post(
        "Observation/_search",
        content="_text=(bone OR liver) and metastases",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert sorted(ids(resource(form))) == ["a", "c"]
    assert await found(client, "?_content=liver") == ["b", "c"]
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "GET", "url": "Observation?_text=bone"}}],
    }
    [entry] = resource(await client.post("", json=batch))["entry"]
    assert ids(entry["resource"]) == ["a"]


async def test_pages_hold_what_was_there_when_the_search_began(client: httpx.AsyncClient) -> None:
    await put(client, *(told(f"o{number}", "bone") for number in range(5)))
    page = resource(await client.get("Observation?_text=bone&_count=2&_total=accurate"))
    met = []
    while True:
        met += ids(page)
        assert page["total"] == 5
        if not (following := link(page, "next")):
            break
        await client.delete(f"Observation/{min({'o0', 'o1', 'o2', 'o3', 'o4'} - {*met})}")
        page = resource(await client.get(following))
    assert sorted(met) == ["o0", "o1", "o2", "o3", "o4"]


async def test_a_conditional_create_sees_words(client: httpx.AsyncClient) -> None:
    new = {**told("x", "unheard of"), "id": None}
    del new["id"]
    made = [
        (await client.post("Observation", json=new, headers={"If-None-Exist": '_text="unheard of"'})).status_code
        for _ in range(2)
    ]
    assert made == [201, 200]


async def test_who_must_wait_is_told_so(
    client: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(client, told("a", "bone"))
    monkeypatch.setattr(text_index, "ACCEPTED_LAG", 0)
    monkeypatch.setattr(text_index, "CATCH_UP_SECONDS", 0.1)
    other = followers.Lease(store.database, WORDS)
    await other.acquire()
    busy = await client.get("Observation?_text=bone")
    outcome(busy, 503, "transient")
    assert int(busy.headers["retry-after"]) > 0
    await other.release()
    assert await found(client, "Observation?_text=bone") == ["a"]


async def test_filters(client: httpx.AsyncClient) -> None:
    await put(
        client,
        {"resourceType": "Patient", "id": "p", "name": [{"family": "Peters"}], "birthDate": "1980-05-01"},
        {"resourceType": "Patient", "id": "q", "name": [{"family": "Quinn"}]},
        observation("o", "1234-5", "2024-01-01"),
    )
    assert await found(client, 'Patient?_filter=name co "pet" and birthdate ge 1970-10-10') == ["p"]
    assert await found(client, "Patient?_filter=not (birthdate pr true)") == ["q"]
    assert await found(client, "Observation?_filter=subject.name sw pet and code eq loinc|1234-5") == ["o"]
    assert await found(client, "?_filter=_id eq p or _id eq o") == ["o", "p"]
    wrong = await client.get("Patient?_filter=name co")
    assert "character 8" in outcome(wrong, 400, "invalid")[0]["diagnostics"]
    outcome(await client.get("Patient?_filter=nonsense eq 1"), 400, "not-supported")
    lenient = await client.get("Patient?_filter=nonsense eq 1&_id=p", headers={"Prefer": "handling=lenient"})
    assert ids(resource(lenient)) == ["p"]
    assert "named queries" in outcome(await client.get("Patient?_query=x"), 400, "not-supported")[0]["diagnostics"]


async def test_filters_that_ask_the_terminology(coded: httpx.AsyncClient) -> None:  # noqa: F811
    assert await found(coded, "Observation?_filter=code in http://ours/bp") == ["systolic"]
    assert await found(coded, "Observation?_filter=code ni http://ours/bp") == ["crea"]
    assert await found(coded, "Observation?_filter=code in ValueSet/bp or code eq loinc|2160-0") == ["crea", "systolic"]
    assert await found(coded, f"Encounter?_filter=class ss {ACT}|IMP") == ["acute", "imp"]
    assert await found(coded, f"Encounter?_filter=class sb {ACT}|ACUTE") == ["acute", "imp"]
    outcome(await coded.get("Encounter?_filter=class ss http://nowhere|IMP"), 400, "not-supported")


async def test_names_that_sound_alike(client: httpx.AsyncClient) -> None:
    spelt = {"a": "Meyer", "b": "Maier", "c": "Müller", "d": "O'Brien", "e": "山田"}
    await put(
        client,
        *({"resourceType": "Patient", "id": i, "name": [{"family": n, "given": ["Eva"]}]} for i, n in spelt.items()),
    )
    assert await found(client, "Patient?phonetic=mayer") == ["a", "b"]
    assert await found(client, "Patient?phonetic=Mueller") == ["c"]
    assert await found(client, "Patient?phonetic=obrian") == ["d"]
    assert await found(client, "Patient?phonetic=山田") == ["e"]
    assert await found(client, "Patient?phonetic=Ewa Meier") == ["a", "b"]
    assert await found(client, "Patient?phonetic=Ewa") == ["a", "b", "c", "d", "e"]
    assert await found(client, "Patient?phonetic=Kim") == []
    outcome(await client.get("Patient?phonetic=1"), 400, "invalid")


async def test_places(client: httpx.AsyncClient) -> None:
    spots = {"bern": (46.948, 7.447), "thun": (46.751, 7.621), "fiji": (-17.7, 179.9), "odd": (95.0, 7.4)}
    await put(
        client,
        *(
            {"resourceType": "Location", "id": name, "position": {"latitude": one[0], "longitude": one[1]}}
            for name, one in spots.items()
        ),
        {"resourceType": "Location", "id": "none"},
    )
    asked = {
        "46.95|7.45|10|km": ["bern"],
        "46.95|7.45|10": ["bern"],
        "46.95|7.45": ["bern", "thun"],
        "46.95|7.45|30000|m": ["bern", "thun"],
        "46.95|7.45|5|[mi_us]": ["bern"],
        "46.95|7.45|20|mi_us": ["bern", "thun"],
        "46.95|7.45|1|km,46.75|7.62|1|km": ["bern", "thun"],
        "-17.7|-179.9|100|km": ["fiji"],  # beyond the date line
        "0|0|99999|km": ["bern", "fiji", "thun"],
        "46.948|7.447|0|km": ["bern"],
    }
    for value, expected in asked.items():
        assert await found(client, f"Location?near={value}") == expected, value
    assert await found(client, "Location?near:missing=true") == ["none"]
    assert await found(client, 'Location?_filter=near eq "46.95|7.45|10|km"') == ["bern"]
    assert await found(client, "Location?near=46.95|7.45|10|km&_contained=both") == ["bern"]
    for wrong in (
        "46.95",
        "a|b",
        "95|7|1|km",
        "46|190|1|km",
        "46|7|-1|km",
        "46|7|1|kg",
        "46|7|1|nonsense",
        "46|7|x|km",
        "1|2|3|km|5",
    ):
        outcome(await client.get(f"Location?near={wrong}"), 400, "invalid")
    outcome(await client.get("Location?_sort=near"), 400, "not-supported")


async def test_documents_by_what_they_relate_to_and_how(client: httpx.AsyncClient) -> None:
    def document(id_: str, *related: tuple[str, str]) -> dict[str, Any]:
        content = [{"attachment": {"contentType": "text/plain", "url": "http://example.org/x"}}]
        relates = [{"code": code, "target": {"reference": f"DocumentReference/{to}"}} for code, to in related]
        return {
            "resourceType": "DocumentReference",
            "id": id_,
            "status": "current",
            "content": content,
            **({"relatesTo": relates} if relates else {}),
        }

    await put(
        client,
        document("x"),
        document("y"),
        document("a", ("replaces", "x"), ("appends", "y")),
        document("b", ("appends", "x")),
    )
    assert await found(client, "DocumentReference?relationship=DocumentReference/x$replaces") == ["a"]
    assert await found(client, "DocumentReference?relationship=y$replaces") == []
    assert await found(client, "DocumentReference?relationship=y$appends,x$appends") == ["a", "b"]
    assert await found(client, "DocumentReference?relationship=http://gateway/fhir/DocumentReference/x$appends") == [
        "b"
    ]


async def test_many_search_and_write_at_once(client: httpx.AsyncClient) -> None:
    async def write(number: int) -> None:
        await put(client, told(f"w{number}", f"bone {number}"))
        assert f"w{number}" in await found(client, f"Observation?_text=bone and {number}")

    await asyncio.gather(*(write(number) for number in range(20)))
