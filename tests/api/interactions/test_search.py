"""Search over HTTP: the searchset, its links, its warnings."""

import re
from collections.abc import Callable
from typing import Any

import httpx

from tests.api.expect import ids, outcome, resource

Make = Callable[..., dict[str, Any]]


def link(bundle: dict[str, Any], relation: str) -> str | None:
    return next((link["url"] for link in bundle["link"] if link["relation"] == relation), None)


async def test_a_match_is_the_stored_resource_under_its_address(client: httpx.AsyncClient, patient: Make) -> None:
    stored = resource(await client.put("Patient/p1", json=patient(id="p1")), 201)
    await client.put("Patient/p2", json=patient(id="p2", name=[{"family": "Other"}]))
    found = resource(await client.get("Patient?family=muster"))
    assert found["type"] == "searchset"
    assert found["entry"] == [
        {"fullUrl": "http://gateway/fhir/Patient/p1", "resource": stored, "search": {"mode": "match"}}
    ]
    assert link(found, "self") == "http://gateway/fhir/Patient?family=muster"


async def test_post_searches_with_form_and_url_together(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1", active=True))
    await client.put("Patient/p2", json=patient(id="p2"))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    found = await client.post("Patient/_search?family=muster", content="active=true&_format=json", headers=form)
    assert ids(resource(found)) == ["p1"]
    outcome(await client.post("Patient/_search", json={}), 415, "not-supported")


async def test_following_next_meets_everything_once(client: httpx.AsyncClient, patient: Make) -> None:
    for number in range(7):
        await client.put(f"Patient/p{number}", json=patient(id=f"p{number}"))
    url: str | None = "Patient?_count=3&family=Muster"
    met: list[str] = []
    while url:
        page = resource(await client.get(url))
        assert len(ids(page)) <= 3
        met += ids(page)
        url = link(page, "next")
    assert sorted(met) == [f"p{number}" for number in range(7)]


async def test_included_resources_are_marked(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    seen = {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "x"}}
    await client.put("Observation/o1", json={**seen, "subject": {"reference": "Patient/p1"}})
    found = resource(await client.get("Observation?_id=o1&_include=Observation:subject"))
    assert (ids(found), ids(found, "include")) == (["o1"], ["p1"])


async def test_an_unknown_parameter_is_refused_unless_the_client_is_lenient(
    client: httpx.AsyncClient, patient: Make
) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    [issue] = outcome(await client.get("Patient?foo=bar"), 400, "not-supported")
    assert "foo" in issue["diagnostics"]
    found = resource(await client.get("Patient?foo=bar&_id=p1", headers={"Prefer": "handling=lenient"}))
    assert ids(found) == ["p1"]
    assert link(found, "self") == "http://gateway/fhir/Patient?_id=p1"
    assert found["entry"][-1]["search"] == {"mode": "outcome"}
    assert found["entry"][-1]["resource"]["issue"][0]["severity"] == "warning"


async def test_count_and_summary_shape_the_answer(client: httpx.AsyncClient, patient: Make) -> None:
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}
    await client.put("Patient/p1", json=patient(id="p1", contact=[{"name": {"family": "X"}}], text=text))
    count = resource(await client.get("Patient?_summary=count"))
    assert (count["total"], "entry" in count) == (1, False)
    [summary] = resource(await client.get("Patient?_summary=true"))["entry"]
    assert "name" in summary["resource"] and "text" not in summary["resource"] and "contact" not in summary["resource"]
    [text] = resource(await client.get("Patient?_summary=text"))["entry"]
    assert "text" in text["resource"] and "name" not in text["resource"]
    [data] = resource(await client.get("Patient?_summary=data"))["entry"]
    assert "name" in data["resource"] and "text" not in data["resource"]


async def test_all_types_are_searched_at_the_base(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    await client.put("Device/d1", json={"resourceType": "Device", "id": "d1"})
    found = resource(await client.get("?_type=Patient,Device"))
    assert sorted(ids(found)) == ["d1", "p1"]


async def test_a_nul_and_a_flood_of_parameters_are_refused(client: httpx.AsyncClient) -> None:
    outcome(await client.get("Patient?family=%00"), 400, "invalid")
    outcome(await client.get("Patient?" + "&".join(["_id=1"] * 1001)), 400, "invalid")


async def test_an_own_address_finds_what_refers_to_it_relatively(client: httpx.AsyncClient) -> None:
    sent = {"resourceType": "Basic", "code": {"text": "x"}, "subject": {"reference": "Patient/1"}}
    made = resource(await client.post("Basic", json=sent), 201)
    assert ids(resource(await client.get("Basic?subject=http://gateway/fhir/Patient/1"))) == [made["id"]]
    assert ids(resource(await client.get("Basic?subject=http://other/fhir/Patient/1"))) == []


async def test_elements_are_those_of_the_matches(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    seen = {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "x"}}
    await client.put("Observation/o1", json={**seen, "subject": {"reference": "Patient/p1"}, "valueInteger": 1})
    found = resource(await client.get("Observation?_elements=code&_include=Observation:subject"))
    match, included = (entry["resource"] for entry in found["entry"])
    assert "valueInteger" not in match
    assert included["name"] == patient()["name"] and "tag" not in included["meta"]


async def test_a_summary_of_texts_has_no_includes(client: httpx.AsyncClient) -> None:
    for name in ("_include=Observation:subject", "_revinclude=Provenance:target"):
        (told, *_) = outcome(await client.get(f"Observation?_summary=text&{name}"), 400, "invalid")
        assert "_summary" in told["diagnostics"]


async def test_a_summary_of_texts_has_no_other_optional_elements(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1", active=True, text={"status": "empty", "div": "<div>x</div>"}))
    [entry] = resource(await client.get("Patient?_summary=text"))["entry"]
    assert entry["resource"].keys() <= {"resourceType", "id", "meta", "text"}


async def test_lenient_or_not_an_unsupported_modifier_is_refused(client: httpx.AsyncClient) -> None:
    lenient = {"Prefer": "handling=lenient"}
    outcome(await client.get("Patient?birthdate:exact=2000", headers=lenient), 400, "not-supported")
    resource(await client.get("Patient?unknown:exact=2000", headers=lenient))


async def test_following_pages_come_in_the_format_of_the_first(client: httpx.AsyncClient, patient: Make) -> None:
    for number in range(3):
        await client.put(f"Patient/p{number}", json=patient(id=f"p{number}"))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    pages = await client.get("Patient?_count=1&_format=xml"), await client.get("Patient/p1/_history?_format=xml")
    posted = await client.post("Patient/_search", content="_count=1&_format=xml", headers=form)
    for page in (*pages, posted):
        assert "_format=xml" in page.text
    url = re.findall(r'relation value="next"/><url value="([^"]+)', pages[0].text)[0].replace("&amp;", "&")
    following = await client.get(url)
    assert following.headers["content-type"].startswith("application/fhir+xml")
    assert len(re.findall("<Patient>", following.text)) == 1
