"""History over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]


@pytest.fixture
async def lived(client: httpx.AsyncClient, patient: Make) -> httpx.AsyncClient:
    """Patient/p1: created, updated, deleted; then Device/d1 created."""
    await client.put("Patient/p1", json=patient(id="p1"))
    await client.put("Patient/p1", json=patient(id="p1", active=True))
    await client.delete("Patient/p1")
    await client.put("Device/d1", json={"resourceType": "Device", "id": "d1"})
    return client


async def test_the_life_of_a_resource_is_told_newest_first(lived: httpx.AsyncClient) -> None:
    told = resource(await lived.get("Patient/p1/_history"))
    assert (told["type"], told["total"]) == ("history", 3)
    assert [e["request"]["method"] for e in told["entry"]] == ["DELETE", "PUT", "PUT"]
    assert [e["response"]["etag"] for e in told["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert [e["response"]["status"] for e in told["entry"]] == ["200 OK", "200 OK", "201 Created"]
    assert ["resource" in e for e in told["entry"]] == [False, True, True]
    assert {e["fullUrl"] for e in told["entry"]} == {"http://gateway/fhir/Patient/p1"}


async def test_a_create_is_a_post_where_the_server_chose_the_id(client: httpx.AsyncClient, patient: Make) -> None:
    made = resource(await client.post("Patient", json=patient()), 201)
    by_condition = await client.put(
        "Patient?identifier=http://a|1", json=patient(identifier=[{"system": "http://a", "value": "1"}])
    )
    sent = {"resourceType": "Bundle", "type": "transaction"}
    entries = [
        ("POST", "Device", {"resourceType": "Device"}),
        ("PUT", "Device/d", {"resourceType": "Device", "id": "d"}),
    ]
    sent["entry"] = [{"resource": body, "request": {"method": method, "url": url}} for method, url, body in entries]
    resource(await client.post("", json=sent))
    told = [e["request"] for e in resource(await client.get("_history"))["entry"]]
    assert {"method": "POST", "url": "Patient"} in told and f"Patient/{made['id']}" not in [one["url"] for one in told]
    assert {"method": "PUT", "url": f"Patient/{by_condition.json()['id']}"} in told
    assert {"method": "POST", "url": "Device"} in told and {"method": "PUT", "url": "Device/d"} in told


async def test_the_total_does_not_move_between_pages(lived: httpx.AsyncClient, patient: Make) -> None:
    first = resource(await lived.get("_history?_count=3"))
    await lived.post("Patient", json=patient())
    [second] = [link["url"] for link in first["link"] if link["relation"] == "next"]
    following = resource(await lived.get(second))
    assert (first["total"], following["total"], len(following["entry"])) == (4, 4, 1)
    assert resource(await lived.get("_history"))["total"] == 5


async def test_at_tells_what_was_current_then(lived: httpx.AsyncClient) -> None:
    versions = resource(await lived.get("Patient/p1/_history"))["entry"]
    [deleted, updated, created] = [e["response"]["lastModified"] for e in versions]

    async def told(at: str) -> list[str]:
        page = resource(await lived.get("Patient/p1/_history", params={"_at": at}))
        return [e["response"]["etag"] for e in page.get("entry", [])]

    assert (await told(created), await told(updated)) == (['W/"1"'], ['W/"2"'])
    assert await told(f"lt{updated}") == ['W/"1"']
    assert await told(f"ge{updated}") == ['W/"3"', 'W/"2"']
    assert await told(f"gt{deleted}") == []
    assert await told(f"le{updated}") == ['W/"2"', 'W/"1"']
    assert await told(deleted[:4]) == ['W/"3"', 'W/"2"', 'W/"1"']
    assert await told("1999") == await told("sa2999") == []
    assert await told("ne1999") == ['W/"3"', 'W/"2"', 'W/"1"']


async def test_a_list_chooses_the_resources(lived: httpx.AsyncClient) -> None:
    items = [{"item": {"reference": "Device/d1"}}, {"item": {"reference": "http://elsewhere/fhir/Patient/p1"}}]
    of = {"resourceType": "List", "id": "l", "status": "current", "mode": "working", "entry": items}
    resource(await lived.put("List/l", json=of), 201)
    told = resource(await lived.get("_history?_list=l"))
    assert [e["fullUrl"] for e in told["entry"]] == ["http://gateway/fhir/Device/d1"]
    assert resource(await lived.get("Patient/_history?_list=List/l"))["total"] == 0


async def test_versions_can_be_summarised(lived: httpx.AsyncClient) -> None:
    part = resource(await lived.get("Patient/p1/_history?_elements=active"))["entry"][1]["resource"]
    assert part["active"] is True and "name" not in part and part["meta"]["tag"][0]["code"] == "SUBSETTED"
    count = resource(await lived.get("Patient/p1/_history?_summary=count"))
    assert (count["total"], "entry" in count) == (3, False)


async def test_a_resource_has_a_history_though_nothing_of_it_matches(lived: httpx.AsyncClient) -> None:
    assert resource(await lived.get("Patient/p1/_history?_since=2999-01-01T00:00:00Z"))["total"] == 0
    outcome(await lived.get("Patient/nobody/_history?_since=2020-01-01T00:00:00Z"), 404, "not-found")


async def test_a_type_and_the_server_have_histories_too(lived: httpx.AsyncClient) -> None:
    assert resource(await lived.get("Device/_history"))["total"] == 1
    assert resource(await lived.get("_history"))["total"] == 4


async def test_following_next_meets_every_change_once(lived: httpx.AsyncClient) -> None:
    url, met = "_history?_count=2", []
    while url:
        page = resource(await lived.get(url))
        met += [(e["fullUrl"], e["response"]["etag"]) for e in page["entry"]]
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert len(met) == len(set(met)) == 4


async def test_since_leaves_out_what_was_before(lived: httpx.AsyncClient) -> None:
    [newest] = resource(await lived.get("_history?_count=1"))["entry"]
    since = resource(await lived.get("_history", params={"_since": newest["response"]["lastModified"]}))
    assert since["entry"][0]["fullUrl"] == newest["fullUrl"]
    assert resource(await lived.get("_history?_since=2999-01-01T00:00:00Z"))["total"] == 0


async def test_what_never_was_has_no_history(lived: httpx.AsyncClient) -> None:
    outcome(await lived.get("Patient/nobody/_history"), 404, "not-found")
    outcome(await lived.get("Nothing/_history"), 404, "not-supported")


@pytest.mark.parametrize(
    "query",
    [
        "_since=yesterday",
        "_count=-1",
        "_count=x",
        "_page=x",
        "_page=99999999999999999999",
        "_at=yesterday",
        "_at=ge",
        "_list=a_b",
        "_list=nobody",
        "_summary=all",
        "_count=1&_count=2",
        "_page=1",
    ],
)
async def test_a_broken_parameter_is_refused(lived: httpx.AsyncClient, query: str) -> None:
    outcome(await lived.get(f"_history?{query}"), 400, "invalid")


async def test_an_unknown_parameter_is_refused_unless_the_client_is_lenient(lived: httpx.AsyncClient) -> None:
    outcome(await lived.get("_history?foo=1"), 400, "not-supported")
    assert (await lived.get("_history?foo=1", headers={"Prefer": "handling=lenient"})).status_code == 200
