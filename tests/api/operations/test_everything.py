"""`$everything`, and searches that include much: page by page all of it, each resource once."""

from typing import Any

import httpx
import pytest

from tests.api.expect import outcome, resource
from tests.api.ward import BASE, observation

MANY = 5_200
Json = dict[str, Any]


def put(one: Json) -> Json:
    return {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}


async def store(client: httpx.AsyncClient, *resources: Json) -> None:
    for start in range(0, len(resources), 500):
        entries = [put(one) for one in resources[start : start + 500]]
        resource(await client.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries}))


def basic(number: int, **elements: Any) -> Json:
    return {"resourceType": "Basic", "id": f"b{number:05}", "code": {"text": "x"}, **elements}


def provenance(id_: str, *targets: str, agent: str = "Practitioner/doc") -> Json:
    return {
        "resourceType": "Provenance",
        "id": id_,
        "target": [{"reference": one} for one in targets],
        "recorded": "2024-01-01T00:00:00Z",
        "agent": [{"who": {"reference": agent}}],
    }


PATIENT: Json = {"resourceType": "Patient", "id": "p", "managingOrganization": {"reference": "Organization/org"}}
OTHERS: list[Json] = [
    {"resourceType": "Organization", "id": "org", "name": "x"},
    {"resourceType": "Practitioner", "id": "doc", "name": [{"text": "x"}]},
]


async def pages(client: httpx.AsyncClient, url: str) -> list[Json]:
    found: list[Json] = []
    while url:
        found.append(resource(await client.get(url)))
        assert len(found) < 100
        url = next((one["url"] for one in found[-1]["link"] if one["relation"] == "next"), "")
    return found


def keys(page: Json, mode: str | None = None) -> list[str]:
    entries = [one for one in page.get("entry", ()) if mode in (None, one["search"]["mode"])]
    return [one["fullUrl"].removeprefix(f"{BASE}/") for one in entries]


def each(found: list[Json], mode: str | None = None) -> list[str]:
    """The keys on all pages, with what comes twice twice."""
    return sorted(key for page in found for key in keys(page, mode))


@pytest.mark.parametrize("count", [None, 7, 1000])
async def test_a_provenance_of_very_many_resources_does_not_stop_it(
    client: httpx.AsyncClient, count: int | None
) -> None:
    own = [observation(f"o{number}", "1-1", "2024-01-01") for number in range(12)]
    imported = [basic(number) for number in range(MANY if count is None else 40)]
    named = [f"Basic/{one['id']}" for one in imported]
    everything = provenance("import", "Patient/p", *(f"Observation/{one['id']}" for one in own), *named)
    await store(client, *imported, *OTHERS, PATIENT, *own, everything)
    found = await pages(client, "Patient/p/$everything" + (f"?_count={count}" if count else ""))
    assert each(found, "match") == sorted(["Patient/p", "Provenance/import", *(f"Observation/{o['id']}" for o in own)])
    assert each(found, "include") == sorted(["Organization/org", "Practitioner/doc", *named])
    assert max(len(keys(page)) for page in found) <= (count or 1000)
    assert all(keys(page) for page in found)
    assert found[0].get("total") == (14 if count != 7 else None)


async def test_what_is_in_the_compartment_is_no_include(client: httpx.AsyncClient) -> None:
    """Also where dates or types leave it out, and in whatever form it is referred to."""
    encounter = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p"},
        "period": {"start": "2020-01-01", "end": "2020-01-02"},
    }
    late = observation("late", "1-1", "2024-01-01", encounter={"reference": f"{BASE}/Encounter/e"})
    traced = provenance("t", "Patient/p/_history/1", "Observation/late/_history/1", agent=f"{BASE}/Practitioner/doc")
    await store(client, *OTHERS, PATIENT, encounter, late, traced)
    (page,) = await pages(client, "Patient/p/$everything")
    assert sorted(keys(page, "match")) == ["Encounter/e", "Observation/late", "Patient/p", "Provenance/t"]
    assert sorted(keys(page, "include")) == ["Organization/org", "Practitioner/doc"]
    (page,) = await pages(client, "Patient/p/$everything?start=2024-01-01")
    assert "Encounter/e" not in keys(page)
    (page,) = await pages(client, "Patient/p/$everything?_type=Practitioner")
    assert (keys(page), page.get("total")) == (["Practitioner/doc"], None)
    everyone = await pages(client, "Patient/$everything?_count=2")
    assert each(everyone) == each(await pages(client, "Patient/p/$everything"))


async def test_definitions_that_are_named_by_their_address_come_too(client: httpx.AsyncClient) -> None:
    questionnaires = [
        {"resourceType": "Questionnaire", "id": id_, "url": f"http://x/{url}", "version": version, "status": "active"}
        for id_, url, version in (("a1", "a", "1"), ("a2", "a", "2"), ("b1", "b", "1"), ("c1", "c", "1"))
    ]
    answers = [
        {
            "resourceType": "QuestionnaireResponse",
            "id": f"r{number}",
            "status": "completed",
            "subject": {"reference": "Patient/p"},
            "questionnaire": canonical,
        }
        for number, canonical in enumerate(("http://x/a|2", "http://x/a|2", "http://x/b"))
    ]
    await store(client, *OTHERS, PATIENT, *questionnaires, *answers)
    for count in (1, 3, 1000):
        found = await pages(client, f"Patient/p/$everything?_count={count}")
        assert each(found, "include") == ["Organization/org", "Questionnaire/a2", "Questionnaire/b1"]


async def test_all_pages_show_the_moment_of_the_first_one(client: httpx.AsyncClient) -> None:
    own = [observation(f"o{number}", "1-1", "2024-01-01") for number in range(3)]
    imported = [basic(number) for number in range(6)]
    traced = provenance("t", "Patient/p", *(f"Basic/{one['id']}" for one in imported))
    await store(client, *OTHERS, PATIENT, *own, *imported, traced)
    expected = each(await pages(client, "Patient/p/$everything"))
    found, url = list[Json](), "Patient/p/$everything?_count=2"
    while url:
        found.append(resource(await client.get(url)))
        url = next((one["url"] for one in found[-1]["link"] if one["relation"] == "next"), "")
        number = len(found)
        await client.delete(f"Basic/b{number - 1:05}")
        await client.delete(f"Observation/o{number - 1}")
        new = basic(number + 100)
        late = provenance(f"late{number}", "Patient/p", f"Basic/{new['id']}")
        await store(client, new, late, observation(f"late{number}", "1-1", "2023-01-01"))
    assert each(found) == expected
    assert len(found) > 4


async def test_only_what_changed_since_then(client: httpx.AsyncClient) -> None:
    await store(client, *OTHERS, PATIENT, observation("o", "1-1", None), provenance("t", "Patient/p"))
    changed = resource(await client.put("Practitioner/doc", json={**OTHERS[1], "active": True}))
    since = changed["meta"]["lastUpdated"]
    (page,) = await pages(client, f"Patient/p/$everything?_since={since}")
    assert keys(page) == ["Practitioner/doc"]


async def test_a_foreign_position_is_refused(client: httpx.AsyncClient) -> None:
    await store(client, *OTHERS, PATIENT, {**PATIENT, "id": "q"})
    first = resource(await client.get("Patient/p/$everything?_count=1"))
    link = next(one["url"] for one in first["link"] if one["relation"] == "next")
    outcome(await client.get(link.replace("Patient/p/", "Patient/q/")), 400, "invalid")
    outcome(await client.get(link.replace("%24everything", "$everything")[:-4]), 400, "invalid")


async def test_a_search_holds_fewer_matches_where_their_includes_are_many(client: httpx.AsyncClient) -> None:
    imported = [basic(number, subject={"reference": "Patient/p"}) for number in range(MANY)]
    named = [f"Basic/{one['id']}" for one in imported]
    traces = [provenance(f"t{n}", *named[n * 1000 : (n + 1) * 1000]) for n in range(6)]
    await store(client, *OTHERS, PATIENT, *imported, *traces, provenance("all", "Patient/p", *named))

    found = await pages(client, "Provenance?_include=Provenance:target&_id=t0,t1,t2,t3,t4,t5")
    assert each(found, "match") == [f"Provenance/t{n}" for n in range(6)]
    assert each(found, "include") == named
    assert len(found) > 1 and max(len(keys(page)) for page in found) <= 5_000

    found = await pages(client, "Provenance?_include=Provenance:target&_sort=_id&_total=accurate")
    assert each(found, "match") == sorted(["Provenance/all", *(f"Provenance/t{n}" for n in range(6))])
    assert each(found, "include") == sorted([*named, *named, "Patient/p"])
    assert {page["total"] for page in found} == {7}

    found = await pages(client, "Patient?_revinclude=Basic:subject")
    assert (each(found, "match"), each(found, "include")) == (["Patient/p"], named)

    [issue] = outcome(await client.get("Provenance?_id=all&_include:iterate=Provenance:target"), 400, "too-costly")
    assert ":iterate" in issue["diagnostics"]
