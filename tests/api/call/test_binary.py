"""Binary: raw bytes in and out (https://hl7.org/fhir/R4/binary.html#rest)."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.store import Store
from tests.api.expect import outcome, resource

PNG = b"\x89PNG\r\n\x1a\n\x00\xff" + bytes(range(256))
FHIR = {"Accept": "application/fhir+json"}


async def upload(client: httpx.AsyncClient, content: bytes, media: str, **headers: str) -> dict[str, Any]:
    return resource(await client.post("Binary", content=content, headers={"Content-Type": media, **headers}), 201)


async def test_content_goes_in_and_comes_out_byte_by_byte(client: httpx.AsyncClient) -> None:
    made = await client.post("Binary", content=PNG, headers={"Content-Type": "image/png"})
    stored = resource(made, 201)
    assert (stored["contentType"], base64.b64decode(stored["data"])) == ("image/png", PNG)
    assert made.headers["location"].endswith(f"/Binary/{stored['id']}/_history/1")
    for path in (f"Binary/{stored['id']}", f"Binary/{stored['id']}/_history/1"):
        told = await client.get(path, headers={"Accept": "image/png"})
        assert (told.status_code, told.content, told.headers["content-type"]) == (200, PNG, "image/png")
        assert told.headers["etag"] == 'W/"1"' and told.headers["last-modified"]
        assert told.headers["vary"] == "Accept" and told.headers["content-length"] == str(len(PNG))


@pytest.mark.parametrize("accept", ["*/*", "image/*", "application/pdf", "application/json", "text/html,*/*;q=0.8"])
async def test_who_asks_for_nothing_of_fhir_gets_the_content(client: httpx.AsyncClient, accept: str) -> None:
    id_ = (await upload(client, PNG, "image/png"))["id"]
    assert (await client.get(f"Binary/{id_}", headers={"Accept": accept})).content == PNG
    del client.headers["accept"]
    assert (await client.get(f"Binary/{id_}")).content == PNG


async def test_who_asks_for_fhir_gets_the_resource(client: httpx.AsyncClient) -> None:
    id_ = (await upload(client, PNG, "image/png"))["id"]
    for path, headers in (
        (f"Binary/{id_}", FHIR),
        (f"Binary/{id_}", {"Accept": "application/fhir+json, */*;q=0.1"}),
        (f"Binary/{id_}?_format=json", {"Accept": "image/png"}),
        (f"Binary/{id_}?_format=application/json", {}),
        (f"Binary/{id_}/_history/1", FHIR),
    ):
        assert resource(await client.get(path, headers=headers))["resourceType"] == "Binary"
    told = await client.get(f"Binary/{id_}", headers={"Accept": "application/fhir+xml"})
    assert told.headers["content-type"].startswith("application/fhir+xml") and b"<Binary" in told.content
    found = resource(await client.get(f"Binary?_id={id_}"))
    assert found["entry"][0]["resource"]["contentType"] == "image/png"


async def test_only_read_and_vread_give_the_content(client: httpx.AsyncClient) -> None:
    id_ = (await upload(client, PNG, "image/png"))["id"]
    assert resource(await client.get(f"Binary/{id_}/$meta"))["resourceType"] == "Parameters"
    assert resource(await client.get(f"Binary/{id_}/_history"))["resourceType"] == "Bundle"
    for path in (f"Binary/{id_}/$meta", f"Binary/{id_}/_history", "Binary"):
        outcome(await client.get(path, headers={"Accept": "image/png"}), 406)


async def test_content_is_put_under_an_id_and_replaced(client: httpx.AsyncClient) -> None:
    text = {"Content-Type": "text/plain; charset=utf-8"}
    made = await client.put("Binary/b1", content="é".encode(), headers=text)
    assert (made.status_code, made.json()["id"]) == (201, "b1")
    again = await client.put("Binary/b1", content=b"other", headers=text | {"If-Match": 'W/"1"'})
    assert (again.status_code, again.headers["etag"]) == (200, 'W/"2"')
    told = await client.get("Binary/b1")
    assert (told.content, told.headers["content-type"]) == (b"other", "text/plain; charset=utf-8")
    assert (await client.get("Binary/b1/_history/1")).content == "é".encode()
    same = await client.put("Binary/b1", content=b"other", headers=text)
    assert (same.status_code, same.headers["etag"]) == (200, 'W/"2"')
    outcome(await client.put("Binary/b1", content=b"x", headers=text | {"If-Match": 'W/"1"'}), 412)
    outcome(await client.put("Binary/b_1", content=b"x", headers=text), 400)


async def test_nothing_is_a_content_too(client: httpx.AsyncClient) -> None:
    made = await upload(client, b"", "text/plain")
    assert "data" not in made
    told = await client.get(f"Binary/{made['id']}")
    assert (told.status_code, told.content, told.headers["content-type"]) == (200, b"", "text/plain")
    assert told.headers["content-length"] == "0"


async def test_the_security_context_goes_along(client: httpx.AsyncClient) -> None:
    made = await upload(client, b"x", "text/plain", **{"X-Security-Context": "Patient/p1"})
    assert made["securityContext"] == {"reference": "Patient/p1"}
    assert (await client.get(f"Binary/{made['id']}")).headers["x-security-context"] == "Patient/p1"
    plain = await upload(client, b"x", "text/plain")
    assert "x-security-context" not in (await client.get(f"Binary/{plain['id']}")).headers


async def test_a_stored_page_is_no_page_of_ours(client: httpx.AsyncClient) -> None:
    for media in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/html; charset=utf-8"):
        id_ = (await upload(client, b"<script>alert(1)</script>", media))["id"]
        told = await client.get(f"Binary/{id_}", headers={"Accept": "text/html"})
        assert told.headers["content-type"] == media
        assert told.headers["content-security-policy"].startswith("sandbox; default-src 'none';")
        assert told.headers["content-disposition"] == "attachment"
        assert told.headers["x-content-type-options"] == "nosniff"
        assert told.headers["cache-control"] == "private"


async def test_a_binary_in_fhir_is_the_resource(client: httpx.AsyncClient) -> None:
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": "eA=="}
    for media in ("application/fhir+json", "application/json"):
        assert (await upload(client, json.dumps(binary).encode(), media))["data"] == "eA=="
    body = b'<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/><data value="eA=="/></Binary>'
    for media in ("application/fhir+xml", "application/xml", "text/xml"):
        made = await upload(client, b"\xef\xbb\xbf<?xml version='1.0'?><!-- <x> -->" + body, media)
        assert (made["contentType"], made["data"]) == ("text/plain", "eA==")
        assert (await client.get(f"Binary/{made['id']}")).content == b"x"
    broken = json.dumps(binary)[:-1].encode()
    outcome(await client.post("Binary", content=broken), 400, "structure")
    outcome(await client.post("Binary", content=json.dumps(binary | {"x": 1}).encode()), 422, "structure")
    outcome(await client.post("Binary", content=b""), 400, "structure")


@pytest.mark.parametrize(
    ("media", "content"),
    [
        ("application/fhir+json", b'{"resourceType":"Patient"}'),
        ("application/fhir+json", b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Binary"}}]}'),
        ("application/fhir+xml", b'<Patient xmlns="http://hl7.org/fhir"/>'),
        ("application/json", b"[1, 2]"),
        ("text/xml", b"<!DOCTYPE html><html>&nbsp;<Binary/></html>"),
        ("application/fhir+ndjson", b'{"resourceType":"Binary"}\n{"resourceType":"Binary"}\n'),
        ("application/x-www-form-urlencoded", b"a=b"),
    ],
)
async def test_all_else_is_content_also_what_is_fhir(client: httpx.AsyncClient, media: str, content: bytes) -> None:
    """ "The data is accepted as is […] except for the special case where the content is actually a Binary resource"."""
    made = await upload(client, content, media)
    assert (made["contentType"], base64.b64decode(made["data"])) == (media, content)
    told = await client.get(f"Binary/{made['id']}")
    assert (told.content, told.headers["content-type"]) == (content, media)
    assert resource(await client.get(f"Binary/{made['id']}", headers=FHIR))["resourceType"] == "Binary"


async def test_bad_uploads_are_refused(client: httpx.AsyncClient, deployment: Deployment) -> None:
    outcome(
        await client.post("Binary", content=b"x" * (deployment.max_body + 1), headers={"Content-Type": "image/png"}),
        413,
    )
    outcome(await client.post("Binary", content=b"x", headers={"Content-Type": "nonsense"}), 422)
    outcome(await client.post("Binary", content=b"x", headers={"Content-Type": ""}), 415)
    context = {"Content-Type": "image/png", "X-Security-Context": "no reference"}
    assert (await client.post("Binary", content=b"x", headers=context)).status_code < 500
    assert (await client.get("Binary")).json()["total"] <= 1


async def test_conditions_and_absence_are_told_as_ever(client: httpx.AsyncClient) -> None:
    id_ = (await upload(client, PNG, "image/png"))["id"]
    kept = await client.get(f"Binary/{id_}", headers={"Accept": "image/png", "If-None-Match": 'W/"1"'})
    assert (kept.status_code, kept.content) == (304, b"")
    head = await client.head(f"Binary/{id_}", headers={"Accept": "image/png"})
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "image/png")
    assert head.headers["content-length"] == str(len(PNG))
    outcome(await client.get("Binary/none", headers={"Accept": "image/png"}), 404, "not-found")
    outcome(await client.get(f"Binary/{id_}?_format=ttl", headers={"Accept": "image/png"}), 406)
    outcome(await client.get(f"Binary/{id_}", headers={"Accept": "application/fhir+json; fhirVersion=5.0"}), 406)
    assert (await client.get(f"Binary/{id_}?_summary=true", headers={"Accept": "image/png"})).content == PNG
    await client.delete(f"Binary/{id_}")
    outcome(await client.get(f"Binary/{id_}", headers={"Accept": "image/png"}), 410, "deleted")


@pytest.fixture
async def lenient(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = create(Deployment(store, "1", strictness="lenient"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/") as client:
        yield client


@pytest.mark.parametrize(
    "members",
    [
        {"contentType": "text/html\r\nSet-Cookie: a=b", "data": "eA=="},
        {"contentType": "tex€t/plain", "data": "eA=="},
        {"data": "eA=="},
        {"contentType": ["x"], "securityContext": {"reference": "a\r\nb"}, "data": "eA=="},
    ],
)
async def test_what_is_no_header_never_becomes_one(lenient: httpx.AsyncClient, members: dict[str, Any]) -> None:
    body = {"resourceType": "Binary", "id": "b1", **members}
    sent = await lenient.put("Binary/b1", json=body, headers={"Content-Type": "application/fhir+json"})
    if sent.status_code == 201:
        told = await lenient.get("Binary/b1")
        assert (told.content, told.headers["content-type"]) == (b"x", "application/octet-stream")
        assert "set-cookie" not in told.headers and "x-security-context" not in told.headers
