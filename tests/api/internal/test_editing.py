"""Edits of internal documents, and what a FHIR client then reads."""

import asyncio
import copy
from decimal import Decimal
from typing import Any

import httpx
import pytest

from gateway.api import Deployment
from gateway.fhir import fhir_json
from gateway.mapping.attached.settle import REMOVED
from gateway.store import Write

ROOT = "http://gateway/internal"
PLAIN = {"Content-Type": "application/json"}
MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"

ADA: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"source": "urn:clinic"},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ada</div>'},
    "extension": [{"url": "urn:x", "valueDecimal": Decimal("1.50")}],
    "identifier": [{"system": "urn:mrn", "value": "7", "extension": [{"url": "urn:y", "valueCode": "z"}]}],
    "name": [
        {"id": "n1", "family": "Lovelace", "_family": {"id": "f1"}, "given": ["Ada", "King"]},
        {"use": "maiden", "family": "Byron"},
    ],
    "gender": "female",
    "birthDate": "1815-12-10",
    "photo": [{"url": "http://example.org/ada.png"}],
}
WEIGHT: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "weight"},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2026-01-10T08:00:00+01:00",
    "valueQuantity": {"value": Decimal("70.50"), "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
}


@pytest.fixture
async def filled(client: httpx.AsyncClient, deployment: Deployment) -> httpx.AsyncClient:
    for one in (ADA, WEIGHT):
        await deployment.store.commit(Write(one["resourceType"], one["id"], one, "api"))
    client.headers = httpx.Headers(PLAIN)
    return client


async def fhir(deployment: Deployment, key: str = "Patient/p1") -> dict[str, Any]:
    """The resource, without what the server says of the version."""
    stored = await deployment.store.resources.read(*key.split("/"))
    assert stored is not None
    found = fhir_json.parse(stored.body)
    for told in ("versionId", "lastUpdated"):
        del found["meta"][told]
    return {name: value for name, value in found.items() if value}


async def get(client: httpx.AsyncClient, path: str = "patients/p1") -> dict[str, Any]:
    answer = await client.get(f"{ROOT}/{path}")
    assert answer.status_code == 200
    return fhir_json.parse(answer.content)


async def put(client: httpx.AsyncClient, document: Any, path: str = "patients/p1", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.put(f"{ROOT}/{path}", content=fhir_json.dump(document), headers={**PLAIN, **named})


async def patch(client: httpx.AsyncClient, body: Any, media: str = MERGE, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = fhir_json.dump(body)
    return await client.patch(f"{ROOT}/patients/p1", content=content, headers={"Content-Type": media, **named})


async def test_an_edit_is_what_changes_in_fhir_and_nothing_else(
    filled: httpx.AsyncClient, deployment: Deployment
) -> None:
    document = await get(filled)
    document["names"][0]["given"] = ["Augusta", "Ada"]
    document["birth_date"] = "1815-12"
    document["contacts"] = [{"system": "phone", "value": "+44 1"}]
    answer = await put(filled, document, If_Match='W/"1"')
    expected = copy.deepcopy(ADA)
    del expected["text"]  # generated from the elements as they were
    expected["name"][0]["given"] = ["Augusta", "Ada"]
    expected["birthDate"] = "1815-12"
    expected["telecom"] = [{"system": "phone", "value": "+44 1"}]
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert await fhir(deployment) == expected
    assert answer.headers["content-location"] == "http://gateway/fhir/Patient/p1/_history/2"
    answered, document = fhir_json.parse(answer.content), await get(filled)
    assert answered["fhir"].pop("warnings") == [{"path": "Patient.text", "text": REMOVED}]
    assert answered == document
    [*_, change] = await deployment.store.feed.after(0, 100)
    assert (change.type, change.version, change.action, change.origin) == ("Patient", 2, "update", "internal")
    assert (await deployment.store.audit()).faults == {}


async def test_decimals_are_written_digit_for_digit_and_what_follows_follows(
    filled: httpx.AsyncClient, deployment: Deployment
) -> None:
    body = b'{"value":{"number":71.250}}'
    answer = await filled.patch(f"{ROOT}/observations/o1", content=body, headers={"Content-Type": MERGE})
    assert answer.status_code == 200, answer.text
    stored = await deployment.store.resources.read("Observation", "o1")
    assert stored is not None and b'"value":71.250,' in stored.body
    assert str((await get(filled, "observations/o1"))["value"]["canonical"]["number"]) == "71250"


async def test_an_unchanged_document_makes_no_version(filled: httpx.AsyncClient, deployment: Deployment) -> None:
    before = await deployment.store.feed.head()
    for answer in (await put(filled, await get(filled)), await patch(filled, {})):
        assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"1"')
    assert await deployment.store.feed.head() == before


async def test_a_document_is_created_read_deleted_and_created_again(
    filled: httpx.AsyncClient, deployment: Deployment
) -> None:
    made = await put(filled, {"names": [{"family": "Hopper"}]}, "patients/grace", If_None_Match="*")
    assert (made.status_code, made.headers["location"]) == (201, "/internal/patients/grace")
    assert await fhir(deployment, "Patient/grace") == {
        "resourceType": "Patient",
        "id": "grace",
        "name": [{"family": "Hopper"}],
    }
    assert (await put(filled, {}, "patients/grace", If_None_Match="*")).status_code == 412
    assert (await filled.delete(f"{ROOT}/patients/grace", headers={"If-Match": 'W/"7"'})).status_code == 412
    assert (await filled.delete(f"{ROOT}/patients/grace", headers={"If-Match": "*"})).status_code == 204
    assert (await filled.get(f"{ROOT}/patients/grace")).status_code == 410
    assert (await filled.delete(f"{ROOT}/patients/grace")).status_code == 410
    assert (await put(filled, {"active": True}, "patients/grace", If_Match="*")).status_code == 412
    again = await put(filled, {"active": True}, "patients/grace")
    assert (again.status_code, again.headers["etag"]) == (201, 'W/"3"')


async def test_post_gives_an_id(filled: httpx.AsyncClient, deployment: Deployment) -> None:
    answer = await filled.post(f"{ROOT}/patients", content=b'{"sex":"male"}')
    assert answer.status_code == 201
    id_ = answer.json()["_id"]
    assert answer.headers["location"] == f"/internal/patients/{id_}"
    assert (await fhir(deployment, f"Patient/{id_}"))["gender"] == "male"
    assert (await filled.post(f"{ROOT}/patients", content=b'{"_id":"x","sex":"male"}')).status_code == 400


async def test_both_kinds_of_patch(filled: httpx.AsyncClient, deployment: Deployment) -> None:
    assert (await patch(filled, {"sex": None, "birth_date": "1815"})).status_code == 200
    operations = [
        {"op": "test", "path": "/names/1/family", "value": "Byron"},
        {"op": "remove", "path": "/names/1"},
        {"op": "add", "path": "/names/0/given/-", "value": "Noel"},
    ]
    assert (await patch(filled, operations, JSON_PATCH)).status_code == 200
    assert (await patch(filled, [{"op": "test", "path": "/sex", "value": "male"}], JSON_PATCH)).status_code == 409
    assert (await patch(filled, [{"op": "remove", "path": "/sex"}], "application/json")).status_code == 422
    assert (await patch(filled, {"active": True}, "application/json")).status_code == 200
    expected = copy.deepcopy(ADA) | {"birthDate": "1815", "active": True}
    expected["name"] = [{**ADA["name"][0], "given": ["Ada", "King", "Noel"]}]
    del expected["gender"], expected["text"]
    assert await fhir(deployment) == expected


async def test_versions_are_kept_apart(filled: httpx.AsyncClient) -> None:
    assert (await patch(filled, {"active": True}, If_Match='W/"1"')).status_code == 200
    for answer in (
        await patch(filled, {"active": False}, If_Match='W/"1"'),
        await put(filled, {"active": False}, If_Match='W/"1"'),
        await filled.delete(f"{ROOT}/patients/p1", headers={"If-Match": 'W/"1"'}),
        await put(filled, {"active": False}, "patients/nobody", If_Match="*"),
    ):
        assert answer.status_code == 412
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await put(filled, {"active": False}, If_None_Match='W/"1"')).status_code == 400
    assert (await put(filled, {"active": False}, If_Match="W/")).status_code == 400


async def test_a_reader_that_has_the_version_is_told_so(filled: httpx.AsyncClient) -> None:
    first = await filled.get(f"{ROOT}/patients/p1")
    assert first.headers["etag"] == 'W/"1"' and first.headers["last-modified"].endswith("GMT")
    again = await filled.get(f"{ROOT}/patients/p1", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", 'W/"1"')
    await patch(filled, {"active": True})
    changed = await filled.get(f"{ROOT}/patients/p1", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    head = await filled.head(f"{ROOT}/patients/p1")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", 'W/"2"')


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"names": [{"family": 7}]}, "names[0].family", "must be text"),
        ({"names": "Ada"}, "names", "must be a list"),
        ({"nickname": "x"}, "nickname", "no such field"),
        ({"names": [{"famly": "x"}]}, "names[0].famly", "no such part"),
        ({"display_name": "Augusta"}, "display_name", "read-only"),
        ({"birth_start": "1900-01-01T00:00:00Z"}, "birth_start", "read-only"),
        ({"birth_date": "soon"}, "birth_date", "not a date"),
        ({"sex": "f"}, "Patient.gender", "f"),
        ({"fhir": {"version": 9}}, "fhir", "told by the gateway"),
        ({"_id": "p2"}, "_id", "told by the gateway"),
        ({"quality": [{"rule": "x"}]}, "quality", "told by the gateway"),
        ({"contacts": [{"value": "1"}]}, "Patient.telecom[0]", "cpt-2"),
    ],
)
async def test_what_cannot_be_written_is_named(
    filled: httpx.AsyncClient, deployment: Deployment, change: dict[str, Any], place: str, said: str
) -> None:
    head = await deployment.store.feed.head()
    answer = await patch(filled, change)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text
    [error] = answer.json()["errors"]
    assert place in (error.get("field"), error.get("path")) and said in error["text"]
    assert await deployment.store.feed.head() == head


async def test_what_a_lenient_source_left_wrong_stands_in_no_ones_way(
    filled: httpx.AsyncClient, deployment: Deployment
) -> None:
    wrong = {**ADA, "gender": "xx", "birthDate": "soon", "name": [{"famly": "x"}, *ADA["name"]]}
    await deployment.store.commit(Write("Patient", "p1", wrong, "partner:x"))
    assert (await patch(filled, {"active": True})).status_code == 200
    assert await fhir(deployment) == {**wrong, "active": True}
    answer = await patch(filled, {"marital_status": {"codings": [{"user_selected": True, "code": " "}]}})
    assert answer.status_code == 422
    assert all("maritalStatus" in error["path"] for error in answer.json()["errors"])


async def test_mending_one_fault_does_not_ask_for_the_others(filled: httpx.AsyncClient, deployment: Deployment) -> None:
    """pat-1 is broken, which is found only once the structure is right."""
    wrong = {**ADA, "gender": "xx", "contact": [{"relationship": [{"text": "mother"}]}]}
    await deployment.store.commit(Write("Patient", "p1", wrong, "partner:x"))
    assert (await patch(filled, {"sex": "female"})).status_code == 200
    del wrong["text"]
    assert await fhir(deployment) == {**wrong, "gender": "female"}
    answer = await patch(filled, {"contact_persons": [{"relationships": [{"text": "aunt"}]}, {"sex": "male"}]})
    assert answer.status_code == 422 and "pat-1" in answer.text


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"a":1,"a":2}', "application/json", 400),
        (b"[" * 100 + b"]" * 100, "application/json", 400),
        (b"{}", "application/fhir+json", 415),
        (b"{}", "text/plain", 415),
        (b'{"_id":"other"}', "application/json", 400),
        (b'{"active":"' + b"x" * 1_000_000 + b'"}', "application/json", 413),
    ],
)
async def test_bodies_that_are_no_documents(filled: httpx.AsyncClient, content: bytes, media: str, status: int) -> None:
    answer = await filled.put(f"{ROOT}/patients/p1", content=content, headers={"Content-Type": media})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_what_is_not_there(filled: httpx.AsyncClient) -> None:
    for method, path, status in (
        ("GET", "nothing", 404),
        ("GET", "nothing/1", 404),
        ("PUT", "nothing/1", 404),
        ("GET", "patients/nobody", 404),
        ("GET", "patients/a_b", 404),
        ("PATCH", "patients/nobody", 404),
        ("DELETE", "patients/nobody", 404),
        ("DELETE", "patients/a_b", 404),
        ("PUT", "patients/a_b", 400),
        ("PUT", "patients", 405),
        ("DELETE", "patients", 405),
    ):
        answer = await filled.request(method, f"{ROOT}/{path}", content=b"{}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), path
    assert {*answer.headers["allow"].split(", ")} == {"GET", "HEAD", "POST"}


async def test_two_editors_at_once_both_succeed(filled: httpx.AsyncClient, deployment: Deployment) -> None:
    changes = [{"active": True}, {"sex": "other"}, {"birth_date": "1815"}]
    answers = await asyncio.gather(*(patch(filled, change) for change in changes))
    assert [answer.status_code for answer in answers] == [200] * 3
    expected = {**ADA, "active": True, "gender": "other", "birthDate": "1815"}
    del expected["text"]
    assert await fhir(deployment) == expected


async def test_many_patches_at_once_all_survive(filled: httpx.AsyncClient, deployment: Deployment) -> None:
    def one(number: int) -> Any:
        value = {"system": "urn:n", "value": str(number)}
        if number % 2:
            return patch(filled, [{"op": "add", "path": "/identifiers/-", "value": value}], JSON_PATCH)
        operations = [{"op": "add", "path": "/identifier/-", "value": value}]
        headers = {"Content-Type": JSON_PATCH}
        return filled.patch("http://gateway/fhir/Patient/p1", content=fhir_json.dump(operations), headers=headers)

    answers = await asyncio.gather(*(one(number) for number in range(16)))
    assert {answer.status_code for answer in answers} == {200}
    numbers = {one["value"] for one in (await fhir(deployment))["identifier"] if one["system"] == "urn:n"}
    assert numbers == {str(number) for number in range(16)}
