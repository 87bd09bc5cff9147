"""Compartments, $everything, $lastn, and what leads through other resources, over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api.expect import outcome, resource
from tests.api.ward import BASE, WARD, observation


@pytest.fixture
async def ward(client: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}} for one in WARD
    ]
    resource(await client.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    yield client


def names(bundle: dict[str, Any], mode: str | None = None) -> list[str]:
    """`Type/id` of the entries, sorted."""
    chosen = [one for one in bundle.get("entry", ()) if mode in (None, one["search"]["mode"])]
    return sorted(one["fullUrl"].removeprefix(f"{BASE}/") for one in chosen)


async def found(client: httpx.AsyncClient, url: str, mode: str | None = None) -> list[str]:
    return names(resource(await client.get(url)), mode)


async def test_a_compartment_holds_what_refers_to_its_owner(ward: httpx.AsyncClient) -> None:
    ours = [f"Observation/o{n}" for n in (1, 2, 3, 4)]
    assert await found(ward, "Patient/p/Observation") == ours
    assert await found(ward, "Patient/p/Observation?code=2160-0") == ["Observation/o3"]
    assert await found(ward, "Patient/p/*") == ["Encounter/e1", "Encounter/e2", *ours, "Patient/p"]
    assert await found(ward, "Patient/p/*?_type=Encounter") == ["Encounter/e1", "Encounter/e2"]
    assert await found(ward, "Encounter/e1/Observation") == ["Observation/o1"]
    assert await found(ward, "Practitioner/doc/Observation") == ["Observation/o3"]
    assert await found(ward, "Patient/nobody/Observation") == []


async def test_a_compartment_is_searched_by_post_and_page_by_page(ward: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = await ward.post("Patient/p/Observation/_search", content="code=8480-6", headers=form)
    assert names(resource(posted)) == ["Observation/o1", "Observation/o2", "Observation/o4"]
    seen, url = [], "Patient/p/Observation?_count=3"
    while url:
        page = resource(await ward.get(url))
        seen += names(page)
        url = next((one["url"] for one in page["link"] if one["relation"] == "next"), "")
        assert not url or url.startswith(f"{BASE}/Patient/p/Observation?")
    assert sorted(seen) == [f"Observation/o{n}" for n in (1, 2, 3, 4)]
    page = resource(await ward.get("Patient/p/Observation?_count=3"))
    foreign = page["link"][1]["url"].replace("Patient/p", "Patient/q")
    outcome(await ward.get(foreign), 400, "invalid")


@pytest.mark.parametrize("url", ["Patient/p/Organization", "Observation/o1/Patient", "Patient/p/Nonsense", "Group/g/*"])
async def test_what_is_no_compartment_is_not_found(ward: httpx.AsyncClient, url: str) -> None:
    assert outcome(await ward.get(url), 404)


async def test_everything_is_the_compartment_and_what_it_refers_to(ward: httpx.AsyncClient) -> None:
    bundle = resource(await ward.get("Patient/p/$everything"))
    matched = ["Encounter/e1", "Encounter/e2", *(f"Observation/o{n}" for n in (1, 2, 3, 4)), "Patient/p"]
    assert names(bundle, "match") == matched
    assert names(bundle, "include") == ["Organization/room", "Practitioner/doc"]
    assert (bundle["type"], bundle["total"]) == ("searchset", len(matched))
    assert await found(ward, "Encounter/e1/$everything") == [
        "Encounter/e1",
        "Observation/o1",
        "Patient/p",
    ]


async def test_everything_can_be_narrowed(ward: httpx.AsyncClient) -> None:
    assert await found(ward, "Patient/p/$everything?_type=Encounter") == ["Encounter/e1", "Encounter/e2"]
    assert await found(ward, "Patient/p/$everything?_type=Practitioner,Patient") == ["Patient/p", "Practitioner/doc"]
    dated = await found(ward, "Patient/p/$everything?start=2024-01-05&end=2024-02-28", "match")
    assert dated == ["Encounter/e1", "Observation/o3", "Patient/p"]
    assert await found(ward, "Patient/p/$everything?start=2024-07", "match") == ["Encounter/e2", "Patient/p"]
    body = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueCode": "Encounter"}]}
    assert names(resource(await ward.post("Patient/p/$everything", json=body))) == ["Encounter/e1", "Encounter/e2"]
    new = resource(await ward.put("Observation/o9", json=observation("o9", "1-1", None)), 201)
    since = new["meta"]["lastUpdated"]
    assert await found(ward, f"Patient/p/$everything?_since={since}") == ["Observation/o9"]


async def test_everything_comes_in_pages(ward: httpx.AsyncClient) -> None:
    seen, url = [], "Patient/p/$everything?_count=2"
    while url:
        page = resource(await ward.get(url))
        assert len(names(page, "match")) <= 2
        seen += names(page, "match")
        url = next((one["url"] for one in page["link"] if one["relation"] == "next"), "")
    assert sorted(seen) == await found(ward, "Patient/p/$everything", "match")


async def test_everything_may_be_seen_in_part(ward: httpx.AsyncClient) -> None:
    bundle = resource(await ward.get("Patient/p/$everything?_elements=status&_type=Encounter"))
    assert [sorted(one["resource"]) for one in bundle["entry"]] == [
        ["class", "id", "meta", "resourceType", "status"]
    ] * 2
    assert "entry" not in resource(await ward.get("Patient/p/$everything?_summary=count"))
    short = resource(await ward.get("Patient/p/$everything?_summary=true"))["entry"]
    assert all(one["resource"]["meta"]["tag"][-1]["code"] == "SUBSETTED" for one in short)
    outcome(await ward.get("Patient/p/$everything?_summary=some"), 400, "invalid")


async def test_everything_of_all_patients(ward: httpx.AsyncClient) -> None:
    everything = await found(ward, "Patient/$everything")
    assert {"Patient/p", "Patient/q", "Observation/o4", "Observation/other", "Encounter/e2"} <= {*everything}
    assert await found(ward, "Patient/$everything?_type=Patient", "match") == ["Patient/p", "Patient/q"]
    both = await found(ward, "Patient/p/$everything", "match") + await found(ward, "Patient/q/$everything", "match")
    assert await found(ward, "Patient/$everything", "match") == sorted(both)
    first = resource(await ward.get("Patient/$everything?_count=2"))
    assert len(names(first, "match")) == 2
    second = resource(await ward.get(first["link"][1]["url"]))
    assert not {*names(first, "match")} & {*names(second, "match")}
    outcome(await ward.get("Encounter/$everything"), 404)


async def test_everything_of_nobody(ward: httpx.AsyncClient) -> None:
    outcome(await ward.get("Patient/nobody/$everything"), 404, "not-found")
    outcome(await ward.get("Patient/p/$everything?start=soon"), 400, "invalid")
    outcome(await ward.get("Patient/p/$everything?_since=soon"), 400, "invalid")
    outcome(await ward.get("Patient/p/$everything?_type=Nonsense"), 400, "invalid")
    outcome(await ward.get("Patient/p/$everything?nonsense=1"), 400, "not-supported")
    assert outcome(await ward.get("Organization/ward/$everything"), 404)


async def test_lastn_takes_the_newest_of_each_code(ward: httpx.AsyncClient) -> None:
    page = resource(await ward.get("Observation/$lastn?patient=Patient/p&code=8480-6,2160-0"))
    assert [one["resource"]["id"] for one in page["entry"]] == ["o4", "o3"]
    page = resource(await ward.get("Observation/$lastn?max=2&subject=Patient/p&code=8480-6"))
    assert [one["resource"]["id"] for one in page["entry"]] == ["o4", "o2"]
    assert page["total"] == 2


async def test_lastn_takes_codes_that_stand_together_for_one_and_keeps_ties(ward: httpx.AsyncClient) -> None:
    both = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}, {"system": "http://local", "code": "rr"}]}
    texts = [
        ({"text": "Gait"}, "g1", "2024-01-01"),
        ({"text": "Gait"}, "g2", "2024-01-02"),
        ({"text": "gait"}, "g3", "2024"),
    ]
    category = [{"coding": [{"code": "vital-signs"}]}]
    new = [
        observation("both", both, "2023-01-01", category=category),
        observation("local", {"coding": [{"system": "http://local", "code": "rr"}]}, "2024-08-01", category=category),
        observation("tie", "8480-6", "2024-08-01", category=category),
        *(observation(id_, code, day, category=category) for code, id_, day in texts),
    ]
    for one in new:
        resource(await ward.put(f"Observation/{one['id']}", json=one), 201)
    page = resource(await ward.get("Observation/$lastn?patient=p&category=vital-signs"))
    assert sorted(one["resource"]["id"] for one in page["entry"]) == ["g2", "g3", "local", "tie"]


@pytest.mark.parametrize("query", ["code=8480-6", "patient=p", "patient=p&code=1&max=0", "patient=p&code=1&max=x"])
async def test_lastn_needs_a_subject_and_a_code(ward: httpx.AsyncClient, query: str) -> None:
    outcome(await ward.get(f"Observation/$lastn?{query}"), 400, "invalid")


async def test_our_own_address_in_a_reference_is_followed(ward: httpx.AsyncClient) -> None:
    assert "Observation/o4" in await found(ward, "Observation?subject=Patient/p")
    assert "Observation/o4" in await found(ward, f"Observation?subject={BASE}/Patient/p")
    assert "Observation/o4" in await found(ward, "Observation?patient.family=Muster")
    assert await found(ward, "Patient?_has:Observation:patient:date=2024-04-02") == ["Patient/p"]
    included = await found(ward, "Observation?_id=o4&_include=Observation:subject", "include")
    assert included == ["Patient/p"]
    assert "Observation/o4" in await found(ward, "Patient?_id=p&_revinclude=Observation:subject", "include")


async def test_a_hierarchy_is_walked_down_and_up(ward: httpx.AsyncClient) -> None:
    assert await found(ward, "Patient?organization:below=clinic") == ["Patient/p"]
    assert await found(ward, "Patient?organization:below=Organization/ward") == ["Patient/p"]
    assert await found(ward, "Patient?organization:above=Organization/room") == ["Patient/p"]
    assert await found(ward, "Patient?organization:above=Organization/clinic") == []
    assert await found(ward, "Organization?partof:below=clinic") == ["Organization/room", "Organization/ward"]
    outcome(await ward.get("Observation?subject:below=Patient/p"), 400, "not-supported")


async def test_wildcards_include_in_both_directions(ward: httpx.AsyncClient) -> None:
    assert await found(ward, "Observation?_id=o3&_include=*", "include") == ["Patient/p", "Practitioner/doc"]
    everything = await found(ward, "Practitioner?_id=doc&_revinclude=*", "include")
    assert everything == ["Observation/o3", "Patient/p"]
    up = await found(
        ward, "Patient?_id=p&_include=Patient:organization&_include:iterate=Organization:partof", "include"
    )
    assert up == ["Organization/clinic", "Organization/room", "Organization/ward"]
    assert await found(ward, "?_id=o3&_include=*", "include") == ["Patient/p", "Practitioner/doc"]


async def test_lists_and_types_together(ward: httpx.AsyncClient) -> None:
    items = [{"item": {"reference": "Observation/o1"}}, {"item": {"reference": f"{BASE}/Patient/q"}}]
    list_ = {"resourceType": "List", "id": "l", "status": "current", "mode": "working", "entry": items}
    resource(await ward.put("List/l", json=list_), 201)
    assert await found(ward, "Observation?_list=l") == ["Observation/o1"]
    assert await found(ward, "?_list=l") == ["Observation/o1", "Patient/q"]
    assert await found(ward, "?_type=Observation,Encounter&patient=Patient/q") == ["Observation/other"]
    assert await found(ward, "?_type=Observation,Encounter&date=2024-01") == ["Encounter/e1", "Observation/o1"]
    outcome(await ward.get("?_type=Observation,Patient&code=1"), 400, "not-supported")
    outcome(await ward.get("Observation?_list=$current-problems"), 400, "not-supported")
