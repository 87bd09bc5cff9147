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
    assert [e["request"]["method"] for e in told["entry"]] == ["DELETE", "PUT", "POST"]
    assert [e["response"]["etag"] for e in told["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert [e["response"]["status"] for e in told["entry"]] == ["200 OK", "200 OK", "201 Created"]
    assert ["resource" in e for e in told["entry"]] == [False, True, True]
    assert {e["fullUrl"] for e in told["entry"]} == {"http://gateway/fhir/Patient/p1"}


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
    "query", ["_since=yesterday", "_count=-1", "_count=x", "_page=x", "_page=99999999999999999999"]
)
async def test_a_broken_parameter_is_refused(lived: httpx.AsyncClient, query: str) -> None:
    outcome(await lived.get(f"_history?{query}"), 400, "invalid")


async def test_an_unknown_parameter_is_refused_unless_the_client_is_lenient(lived: httpx.AsyncClient) -> None:
    outcome(await lived.get("_history?foo=1"), 400, "not-supported")
    assert (await lived.get("_history?foo=1", headers={"Prefer": "handling=lenient"})).status_code == 200
