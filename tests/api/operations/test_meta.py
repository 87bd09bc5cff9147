"""`$meta`, `$meta-add`, `$meta-delete`."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway.fhir.validate import validate
from tests.api.bundles.test_transaction import bundle, entry, responses
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]
VIP = {"system": "http://a.example", "code": "vip", "display": "Important"}
META = {
    "profile": ["http://p.example/one"],
    "tag": [VIP, {"code": "bare"}],
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
}


def given(**meta: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": meta}]}


def returned(answer: httpx.Response) -> dict[str, Any]:
    parameters = resource(answer)
    assert [issue for issue in validate(parameters) if issue.severity == "error"] == []
    [one] = parameters["parameter"]
    assert one["name"] == "return"
    meta: dict[str, Any] = one["valueMeta"]
    return meta


@pytest.fixture
async def labelled(client: httpx.AsyncClient, patient: Make) -> httpx.AsyncClient:
    await client.put("Patient/p1", json=patient(id="p1", meta=META))
    await client.put("Patient/p1", json=patient(id="p1", meta={**META, "tag": [VIP]}))
    await client.put("Device/d1", json={"resourceType": "Device", "id": "d1", "meta": {"tag": [{"code": "spare"}]}})
    return client


async def test_the_labels_of_a_resource_and_of_a_version(labelled: httpx.AsyncClient) -> None:
    for ask in (labelled.get, labelled.post):
        answer = await ask("Patient/p1/$meta")
        assert answer.headers["etag"] == 'W/"2"'
        assert returned(answer) == resource(await labelled.get("Patient/p1"))["meta"]
    assert returned(await labelled.get("Patient/p1/_history/1/$meta"))["tag"] == META["tag"]
    outcome(await labelled.get("Patient/nobody/$meta"), 404)
    outcome(await labelled.get("Patient/p1/_history/9/$meta"), 404)
    await labelled.delete("Patient/p1")
    outcome(await labelled.get("Patient/p1/$meta"), 410)


async def test_the_labels_in_use_in_a_type_and_everywhere(labelled: httpx.AsyncClient) -> None:
    of_type = returned(await labelled.get("Patient/$meta"))
    assert of_type == {**META, "tag": [{"system": VIP["system"], "code": "vip"}]}
    tags = [tag["code"] for tag in returned(await labelled.post("$meta"))["tag"]]
    assert sorted(tags) == ["spare", "vip"]
    assert resource(await labelled.get("Observation/$meta")) == {"resourceType": "Parameters"}


async def test_adding_makes_a_version_and_no_duplicate(labelled: httpx.AsyncClient) -> None:
    fresh = given(tag=[{**VIP, "display": "other"}, {"code": "new"}, {"code": "new"}], profile=["http://p.example/two"])
    answer = await labelled.post("Patient/p1/$meta-add", json=fresh)
    meta = returned(answer)
    assert (meta["tag"], meta["versionId"]) == ([VIP, {"code": "new"}], "3")
    assert meta["profile"] == ["http://p.example/one", "http://p.example/two"]
    assert meta["security"] == META["security"]
    assert resource(await labelled.get("Patient/p1"))["meta"] == meta
    assert returned(await labelled.post("Patient/p1/$meta-add", json=fresh))["versionId"] == "3"
    assert len(resource(await labelled.get("Patient?_tag=new"))["entry"]) == 1


async def test_deleting_goes_by_system_and_code(labelled: httpx.AsyncClient) -> None:
    gone = given(tag=[{"system": VIP["system"], "code": "vip"}], profile=META["profile"], security=[{"code": "R"}])
    meta = returned(await labelled.post("Patient/p1/$meta-delete", json=gone))
    assert "tag" not in meta and "profile" not in meta
    assert meta["security"] == META["security"]  # another system
    assert returned(await labelled.post("Patient/p1/$meta-delete", json=gone))["versionId"] == "3"


async def test_changing_labels_keeps_to_if_match(labelled: httpx.AsyncClient) -> None:
    stale = {"If-Match": 'W/"1"'}
    outcome(await labelled.post("Patient/p1/$meta-add", json=given(tag=[{"code": "x"}]), headers=stale), 412)
    outcome(await labelled.post("Patient/nobody/$meta-add", json=given(tag=[{"code": "x"}])), 404)
    outcome(await labelled.get("Patient/p1/$meta-add"), 405)
    outcome(await labelled.post("Patient/$meta-add", json=given()), 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"resourceType": "Patient"}, 400),
        ({"resourceType": "Parameters"}, 400),
        ({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueString": "x"}]}, 400),
        (given(tag="x"), 422),
        (given(tag=[{"code": 1}]), 422),
        (given(profile=[{}]), 422),
        (given(nothing=1), 422),
    ],
)
async def test_what_is_no_meta_is_refused(labelled: httpx.AsyncClient, body: dict[str, Any], status: int) -> None:
    for operation in ("$meta-add", "$meta-delete"):
        outcome(await labelled.post(f"Patient/p1/{operation}", json=body), status)
    assert resource(await labelled.get("Patient/p1"))["meta"]["versionId"] == "2"


async def test_an_operation_that_is_not_there_is_not_found(labelled: httpx.AsyncClient) -> None:
    for path in (
        "$nothing",
        "Patient/$nothing",
        "Patient/p1/$nothing",
        "Patient/p1/_history/1/$nothing",
        "Device/$lastn",
    ):
        for ask in (labelled.get, labelled.post, labelled.put):
            outcome(await ask(path), 404)


async def test_operations_are_reached_from_a_batch(labelled: httpx.AsyncClient, patient: Make) -> None:
    sent = bundle(
        entry("GET", "Patient/p1/$meta"),
        entry("POST", "Patient/p1/$meta-add", given(tag=[{"code": "batch"}])),
        entry("POST", "Patient/$validate", patient(gender="xx")),
        entry("POST", "Patient/_search?_tag=vip"),
        entry("HEAD", "Patient/p1"),
        entry("GET", "Patient/p1/$nothing"),
        entry("DELETE", "Patient/$meta"),
        kind="batch",
    )
    body = resource(await labelled.post("", json=sent))
    statuses = [item["response"]["status"][:3] for item in body["entry"]]
    assert statuses == ["200", "200", "200", "200", "200", "404", "405"]
    assert body["entry"][2]["resource"]["issue"][0]["severity"] == "error"
    assert body["entry"][3]["resource"]["type"] == "searchset"
    assert "resource" not in body["entry"][4] and body["entry"][4]["response"]["etag"]
    assert len(resource(await labelled.get("Patient?_tag=batch"))["entry"]) == 1


async def test_operations_that_only_look_are_reached_from_a_transaction(
    labelled: httpx.AsyncClient, patient: Make
) -> None:
    sent = bundle(
        entry("POST", "Patient/$validate", patient()),
        entry("PUT", "Patient/p1", patient(id="p1", meta={"tag": [{"code": "after"}]})),
        entry("GET", "Patient/p1/$meta"),
    )
    body = resource(await labelled.post("", json=sent))
    assert [item["response"]["status"][:3] for item in body["entry"]] == ["200", "200", "200"]
    assert body["entry"][2]["resource"]["parameter"][0]["valueMeta"]["tag"] == [{"code": "after"}]


async def test_a_read_in_a_batch_can_be_unmodified_since_an_instant(labelled: httpx.AsyncClient) -> None:
    updated = resource(await labelled.get("Patient/p1"))["meta"]["lastUpdated"]
    sent = [entry("GET", "Patient/p1", ifModifiedSince=since) for since in (updated, "2020-01-01T00:00:00Z", "x")]
    statuses = [item["status"][:3] for item in responses(await labelled.post("", json=bundle(*sent, kind="batch")))]
    assert statuses == ["304", "200", "400"]
