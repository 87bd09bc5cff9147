"""The application that edits a document, against a server that answers as written here."""

import json
from pathlib import Path

import pytest
import respx

from gateway.demo.edit import ADDRESS, count_edits, edit_document
from gateway.demo.processes import DemoFailed, Site

SITE = Site("northgate", 8080, Path("data"))
PHONE = {"system": "phone", "value": "1"}


@respx.mock(base_url=SITE.url)
async def test_the_address_is_added_to_the_contacts_of_the_version_that_was_read(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("/internal/patients").respond(json={"patients": [{"_id": "p1"}]})
    respx_mock.get("/internal/patients/p1").respond(json={"contacts": [PHONE]}, headers={"ETag": 'W/"3"'})
    edit = respx_mock.patch("/internal/patients/p1").respond(json={})
    await edit_document(SITE)
    request = edit.calls[0].request
    assert request.headers["If-Match"] == 'W/"3"'
    assert json.loads(request.content) == {"contacts": [PHONE, {"system": "email", "value": ADDRESS, "use": "home"}]}


@respx.mock(base_url=SITE.url)
async def test_a_refused_edit_fails_the_demo(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("/internal/patients").respond(json={"patients": [{"_id": "p1"}]})
    respx_mock.get("/internal/patients/p1").respond(json={}, headers={"ETag": 'W/"3"'})
    respx_mock.patch("/internal/patients/p1").respond(412)
    with pytest.raises(DemoFailed, match="412"):
        await edit_document(SITE)


@respx.mock(base_url=SITE.url)
async def test_nothing_is_edited_where_there_are_no_patients(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("/internal/patients").respond(json={"patients": []})
    await edit_document(SITE)


@respx.mock(base_url=SITE.url)
async def test_edits_are_counted_by_the_address(respx_mock: respx.MockRouter) -> None:
    search = respx_mock.get("/fhir/Patient").respond(json={"total": 1})
    assert await count_edits(SITE) == 1
    assert search.calls[0].request.url.params["email"] == ADDRESS
