"""HTTP to a partner: patience, limits, and where credentials go. Faults are made with respx."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import respx

from gateway.sync.client import Client, PartnerError, PartnerUnavailable
from gateway.sync.partners import Auth, Partner

BASE = "https://north.example/fhir"


def partner(**settings: Any) -> Partner:
    return Partner("north", BASE, ("Patient",), **settings)


class Waits(list[float]):
    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@respx.mock
async def test_a_request_carries_its_authorisation_and_asks_for_fhir_json() -> None:
    route = respx.get(f"{BASE}/Patient/1").respond(json={"resourceType": "Patient"})
    async with Client(partner(auth=Auth("bearer", "", "tok"))) as client:
        answer = await client.get(client.url("Patient/1"))
    sent = route.calls.last.request.headers
    assert (sent["authorization"], sent["accept"]) == ("Bearer tok", "application/fhir+json")
    assert answer.ok and answer.resource() == {"resourceType": "Patient"}


@respx.mock
async def test_basic_authentication_is_sent_as_such() -> None:
    route = respx.get(BASE).respond(200)
    async with Client(partner(auth=Auth("basic", "us", "pw"))) as client:
        await client.get(client.url(""))
    assert route.calls.last.request.headers["authorization"] == "Basic dXM6cHc="


@respx.mock
@pytest.mark.parametrize(
    "fault", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.Response(503), httpx.Response(429)]
)
async def test_a_passing_fault_is_tried_again_after_a_growing_pause(fault: Any, waits: Waits) -> None:
    respx.get(BASE).mock(side_effect=[fault, fault, httpx.Response(200)])
    async with Client(partner(), sleep=waits) as client:
        assert (await client.get(BASE)).ok
    assert len(waits) == 2 and waits[0] < waits[1]


@respx.mock
async def test_attempts_end_and_then_the_partner_is_unavailable(waits: Waits) -> None:
    route = respx.get(BASE).respond(502)
    async with Client(partner(attempts=3), sleep=waits) as client:
        with pytest.raises(PartnerUnavailable, match="status 502, 3 attempts"):
            await client.get(BASE)
    assert route.call_count == 3 and len(waits) == 2


@respx.mock
@pytest.mark.parametrize("status", [400, 401, 404, 410, 412, 422, 500])
async def test_other_answers_are_answers(status: int, waits: Waits) -> None:
    respx.get(BASE).respond(status, html="<h1>no</h1>")
    async with Client(partner(), sleep=waits) as client:
        answer = await client.get(BASE)
    assert (answer.status, answer.resource(), waits) == (status, None, [])


@respx.mock
@pytest.mark.parametrize(("said", "seconds"), [("3", 3), ("0", 0), ("99999", 120), ("-5", 0)])
async def test_retry_after_in_seconds_is_respected_within_reason(said: str, seconds: float, waits: Waits) -> None:
    respx.get(BASE).mock(side_effect=[httpx.Response(429, headers={"Retry-After": said}), httpx.Response(200)])
    async with Client(partner(), sleep=waits) as client:
        await client.get(BASE)
    assert waits == [seconds]


@respx.mock
async def test_retry_after_may_be_a_date_or_nonsense(waits: Waits) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    answers = [httpx.Response(503, headers={"Retry-After": said}) for said in (date, "later", "nan")]
    respx.get(BASE).mock(side_effect=[*answers, httpx.Response(200)])
    async with Client(partner(), sleep=waits) as client:
        await client.get(BASE)
    assert 55 < waits[0] <= 60 and 0 < waits[1] < 2 and 0 < waits[2] < 2


@respx.mock
async def test_redirects_are_not_followed() -> None:
    respx.get(BASE).respond(302, headers={"Location": "https://evil.example/"})
    async with Client(partner(auth=Auth("bearer", "", "tok"))) as client:
        with pytest.raises(PartnerError, match="redirects"):
            await client.get(BASE)


@respx.mock
async def test_an_answer_beyond_the_limit_is_not_read_to_its_end() -> None:
    respx.get(BASE).respond(content=b"x" * 5000)
    async with Client(partner(max_bytes=4096)) as client:
        with pytest.raises(PartnerError, match="exceeds 4096 bytes"):
            await client.get(BASE)


@respx.mock
async def test_an_answer_that_cannot_be_unpacked_is_an_error_of_the_partner() -> None:
    stream = httpx.ByteStream(b"not gzip")
    respx.get(BASE).mock(return_value=httpx.Response(200, stream=stream, headers={"Content-Encoding": "gzip"}))
    async with Client(partner()) as client:
        with pytest.raises(PartnerError, match="cannot be read"):
            await client.get(BASE)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://north.example:443/fhir?page=-7", "https://north.example/fhir?page=-7"),
        ("HTTPS://NORTH.example/other", "https://north.example/other"),
        ("?page=2", f"{BASE}/Patient?page=2"),
        ("/fhir/Patient?x=%20", "https://north.example/fhir/Patient?x=%20"),
    ],
)
async def test_next_links_on_the_partners_origin_are_followed_as_they_are(link: str, address: str) -> None:
    async with Client(partner()) as client:
        assert client.next(f"{BASE}/Patient?_count=3", link) == address


@pytest.mark.parametrize(
    "link",
    [
        "http://north.example/fhir?page=2",
        "https://north.example:8443/fhir",
        "https://north.example.evil.example/fhir",
        "//evil.example/fhir",
        "https://evil@north.example/fhir",
        "https://north.example@evil.example/",
        "file:///etc/passwd",
        "https://[::1/",
    ],
)
async def test_links_that_leave_the_origin_are_refused(link: str) -> None:
    async with Client(partner()) as client:
        with pytest.raises(PartnerError):
            client.next(f"{BASE}/Patient", link)


async def test_no_request_goes_to_another_server() -> None:
    async with Client(partner(auth=Auth("bearer", "", "tok"))) as client:
        with pytest.raises(PartnerError, match="another server"):
            await client.get("https://evil.example/fhir")
