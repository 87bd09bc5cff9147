"""create, read, vread, update, delete over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.api.protocol.etags import http_date
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]


async def test_a_created_resource_is_served_with_all_it_had(client: httpx.AsyncClient, patient: Make) -> None:
    sent = patient(
        id="ignored", extension=[{"url": "http://a.example/x", "valueDecimal": 1}], meta={"tag": [{"code": "t"}]}
    )
    created = await client.post("Patient", json=sent)
    made = resource(created, 201)
    assert created.headers["etag"] == 'W/"1"'
    assert created.headers["location"] == f"http://gateway/fhir/Patient/{made['id']}/_history/1"
    assert created.headers["content-type"] == "application/fhir+json; charset=utf-8"
    read = await client.get(f"Patient/{made['id']}")
    assert read.content == created.content
    assert made["id"] != "ignored"
    assert made["meta"]["tag"] == [{"code": "t"}]
    assert {**made, "id": 0, "meta": 0} == {**sent, "id": 0, "meta": 0}


async def test_decimals_keep_their_precision(client: httpx.AsyncClient) -> None:
    body = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}}'
    created = await client.post("Observation", content=body)
    assert b'"value":1.00}' in (await client.get(created.headers["location"])).content


async def test_update_makes_versions_that_stay_readable(client: httpx.AsyncClient, patient: Make) -> None:
    first = await client.put("Patient/p1", json=patient(id="p1"))
    assert first.status_code == 201
    second = await client.put("Patient/p1", json=patient(id="p1", active=True))
    assert (second.status_code, second.headers["etag"]) == (200, 'W/"2"')
    assert "active" not in resource(await client.get("Patient/p1/_history/1"))
    assert resource(await client.get("Patient/p1/_history/2"))["active"] is True
    outcome(await client.get("Patient/p1/_history/3"), 404, "not-found")
    outcome(await client.get("Patient/p1/_history/x"), 404, "not-found")


async def test_an_identical_update_makes_no_version(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    again = await client.put("Patient/p1", json=patient(id="p1"))
    assert (again.status_code, again.headers["etag"]) == (200, 'W/"1"')


async def test_the_order_of_elements_makes_no_version_but_a_digit_does(client: httpx.AsyncClient) -> None:
    body = b'{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":%s}}'
    turned = (
        b'{"valueQuantity":{"value":1.0},"code":{"text":"x"},"status":"final","id":"o","resourceType":"Observation"}'
    )
    seen = [
        (await client.put("Observation/o", content=content)).headers["etag"]
        for content in (body % b"1.0", turned, body % b"0.1", body % b"0.10", turned)
    ]
    assert seen == ['W/"1"', 'W/"1"', 'W/"2"', 'W/"3"', 'W/"4"']


async def test_what_clients_say_of_version_and_time_is_ignored(client: httpx.AsyncClient, patient: Make) -> None:
    claimed = {"versionId": "77", "lastUpdated": "2000-01-01T00:00:00Z", "source": "urn:x"}
    for answer in (
        await client.post("Patient", json=patient(meta=claimed)),
        await client.put("Patient/p1", json=patient(id="p1", meta=claimed)),
    ):
        meta = resource(answer, 201)["meta"]
        assert (meta["versionId"], meta["source"]) == ("1", "urn:x") and meta["lastUpdated"] > "2020"


async def test_a_bundle_can_be_stored_like_any_resource(client: httpx.AsyncClient) -> None:
    for kind in ("collection", "transaction"):
        stored = resource(await client.post("Bundle", json={"resourceType": "Bundle", "type": kind}), 201)
        assert resource(await client.get(f"Bundle/{stored['id']}"))["type"] == kind


async def test_every_write_says_where_and_which_version_it_is(client: httpx.AsyncClient, patient: Make) -> None:
    """https://hl7.org/fhir/R4/http.html#create and #update, whatever Prefer says."""
    for returns in ("minimal", "representation", "OperationOutcome"):
        prefer, id_ = {"Prefer": f"return={returns}"}, returns.lower()
        made = await client.put(f"Patient/{id_}", json=patient(id=id_), headers=prefer)
        changed = await client.put(f"Patient/{id_}", json=patient(id=id_, active=True), headers=prefer)
        for answer, status, version in ((made, 201, 1), (changed, 200, 2)):
            assert (answer.status_code, answer.headers["etag"]) == (status, f'W/"{version}"')
            assert answer.headers["location"] == f"http://gateway/fhir/Patient/{id_}/_history/{version}"
            assert answer.headers["last-modified"].endswith(" GMT")
        deleted = await client.delete(f"Patient/{id_}", headers=prefer)
        assert (deleted.status_code, deleted.headers["etag"]) == (204 if returns == "minimal" else 200, 'W/"3"')


async def test_a_deleted_resource_is_gone_and_can_come_back(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    deleted = await client.delete("Patient/p1")
    assert outcome(deleted, 200)[0]["severity"] == "information"
    assert deleted.headers["etag"] == 'W/"2"'
    outcome(await client.get("Patient/p1"), 410, "deleted")
    outcome(await client.get("Patient/p1/_history/2"), 410, "deleted")
    assert resource(await client.get("Patient/p1/_history/1"))["id"] == "p1"
    outcome(await client.delete("Patient/p1"), 200)
    back = await client.put("Patient/p1", json=patient(id="p1"))
    assert (back.status_code, back.headers["etag"]) == (201, 'W/"3"')


async def test_deleting_what_never_was_succeeds(client: httpx.AsyncClient) -> None:
    outcome(await client.delete("Patient/nobody"), 200, "informational")
    minimal = await client.delete("Patient/nobody", headers={"Prefer": "return=minimal"})
    assert (minimal.status_code, minimal.content) == (204, b"")


async def test_unknown_things_are_not_found(client: httpx.AsyncClient) -> None:
    outcome(await client.get("Patient/nobody"), 404, "not-found")
    outcome(await client.get("Patient/a_b"), 404, "not-found")
    outcome(await client.get("Patients/1"), 404, "not-supported")
    outcome(await client.get("Patient/1/2/3/4"), 404, "not-found")


async def test_a_method_that_is_not_offered_is_refused_with_those_that_are(client: httpx.AsyncClient) -> None:
    refused = await client.post("Patient/1", content=b"{}")
    outcome(refused, 405, "not-supported")
    assert {"GET", "PUT", "DELETE"} <= set(refused.headers["allow"].split(", "))


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("Patient", b"{", 400, "structure"),
        ("Patient", b"", 400, "structure"),
        ("Patient", b"[]", 400, "structure"),
        ("Patient", b'{"resourceType":"Patient","active":true,"active":false}', 400, "structure"),
        ("Patient", b'{"resourceType":"Observation"}', 400, "invalid"),
        ("Patient", b'{"active":true}', 400, "invalid"),
        ("Patient", b'{"resourceType":"Patient","gender":"xx","birthDate":"31.1.1970"}', 422, None),
        ("Patient", b'{"resourceType":"Patient","extension":' + b"[" * 100 + b"]" * 100 + b"}", 400, "structure"),
    ],
)
async def test_a_bad_body_is_refused(client: httpx.AsyncClient, path: str, body: bytes, status: int, code: str) -> None:
    outcome(await client.post(path, content=body), status, code)
    assert (await client.get("Patient?_summary=count")).json()["total"] == 0


async def test_every_finding_of_an_invalid_resource_is_told(client: httpx.AsyncClient) -> None:
    issues = outcome(
        await client.post("Patient", json={"resourceType": "Patient", "gender": "xx", "birthDate": "x"}), 422
    )
    assert {"Patient.gender", "Patient.birthDate"} <= {issue["expression"][0] for issue in issues}


async def test_the_id_in_the_body_must_be_the_one_in_the_url(client: httpx.AsyncClient, patient: Make) -> None:
    outcome(await client.put("Patient/p1", json=patient(id="p2")), 400, "invalid")
    outcome(await client.put("Patient/p1", json=patient()), 400, "invalid")
    outcome(await client.put("Patient/a_b", json=patient(id="a_b")), 400, "invalid")


async def test_if_match_guards_update_and_delete(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    stale = {"If-Match": 'W/"7"'}
    outcome(await client.put("Patient/p1", json=patient(id="p1", active=True), headers=stale), 412, "conflict")
    outcome(await client.delete("Patient/p1", headers=stale), 412, "conflict")
    outcome(await client.put("Patient/p1", json=patient(id="p1"), headers={"If-Match": "é?".encode()}), 400, "invalid")
    outcome(await client.put("Patient/p2", json=patient(id="p2"), headers={"If-Match": "*"}), 412, "conflict")
    outcome(
        await client.put("Patient/p1", json=patient(id="p1"), headers={"If-Match": 'W/"7", W/"8"'}), 412, "conflict"
    )
    for tag in ('W/"1"', '"1"', "1", "*", 'W/"7", W/"1"'):
        assert (await client.put("Patient/p1", json=patient(id="p1"), headers={"If-Match": tag})).status_code == 200


async def test_if_none_match_makes_an_update_create_only(client: httpx.AsyncClient, patient: Make) -> None:
    only = {"If-None-Match": "*"}
    assert (await client.put("Patient/p1", json=patient(id="p1"), headers=only)).status_code == 201
    outcome(await client.put("Patient/p1", json=patient(id="p1"), headers=only), 412, "conflict")
    outcome(await client.put("Patient/p1", json=patient(id="p1"), headers={"If-None-Match": 'W/"1"'}), 400, "invalid")


async def test_a_reader_who_has_it_already_gets_304(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    same = await client.get("Patient/p1", headers={"If-None-Match": 'W/"1"'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", 'W/"1"')
    assert (await client.get("Patient/p1", headers={"If-None-Match": 'W/"2"'})).status_code == 200
    later, earlier = datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) - timedelta(hours=1)
    assert (await client.get("Patient/p1", headers={"If-Modified-Since": http_date(later)})).status_code == 304
    assert (await client.get("Patient/p1", headers={"If-Modified-Since": http_date(earlier)})).status_code == 200


async def test_head_has_the_headers_of_get_and_no_body(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    get, head = await client.get("Patient/p1"), await client.head("Patient/p1")
    assert head.content == b""
    assert {**head.headers, "x-request-id": ""} == {**get.headers, "x-request-id": ""}


async def test_prefer_decides_what_a_write_answers(client: httpx.AsyncClient, patient: Make) -> None:
    minimal = await client.post("Patient", json=patient(), headers={"Prefer": "return=minimal"})
    assert (minimal.status_code, minimal.content) == (201, b"")
    assert minimal.headers["location"] and "content-type" not in minimal.headers
    told = await client.post("Patient", json=patient(), headers={"Prefer": "return=OperationOutcome"})
    outcome(told, 201, "informational")
    full = await client.post("Patient", json=patient(), headers={"Prefer": "return=representation"})
    assert resource(full, 201)["resourceType"] == "Patient"


async def test_other_formats_are_refused_both_ways(client: httpx.AsyncClient, patient: Make) -> None:
    outcome(await client.get("Patient/1", headers={"Accept": "text/turtle"}), 406, "not-supported")
    outcome(await client.get("Patient/1?_format=ttl"), 406, "not-supported")
    turtle = {"Content-Type": "text/turtle"}
    outcome(await client.post("Patient", content=b"[] a fhir:Patient", headers=turtle), 415, "not-supported")


async def test_pretty_indents_without_touching_a_value(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    plain, pretty = await client.get("Patient/p1"), await client.get("Patient/p1?_pretty=true&_format=json")
    assert pretty.json() == plain.json()
    assert b"\n  " in pretty.content


async def test_part_of_a_resource_is_marked_as_such(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1", active=True, birthDate="1970-01-01"))
    part = resource(await client.get("Patient/p1?_elements=birthDate"))
    assert part["birthDate"] == "1970-01-01"
    assert "name" not in part and part["meta"]["versionId"] == "1"
    assert part["meta"]["tag"][-1]["code"] == "SUBSETTED"


async def test_a_summary_leaves_out_what_is_no_part_of_it_within_data_types(client: httpx.AsyncClient) -> None:
    """Attachment.data is not marked as summary (https://hl7.org/fhir/R4/datatypes-definitions.html#Attachment.data)."""
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
    scan = {"contentType": "image/png", "data": "AAAA", "title": "Scan", "extension": [absent]}
    document = {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "_docStatus": {"extension": [absent]},
    }
    document |= {
        "subject": {"extension": [absent]},
        "content": [{"attachment": scan}],
    }
    document |= {"context": {"practiceSetting": {"text": "Ward"}}}
    resource(await client.put("DocumentReference/d1", json=document), 201)
    summary = resource(await client.get("DocumentReference/d1?_summary=true"))
    assert summary["content"] == [{"attachment": {key: value for key, value in scan.items() if key != "data"}}]
    assert "context" not in summary, "an element may not be empty"
    assert (summary["subject"], summary["_docStatus"]) == (document["subject"], document["_docStatus"])
    whole = resource(await client.get("DocumentReference/d1?_summary=data"))
    assert whole["content"] == document["content"]


async def test_a_slash_at_the_end_changes_nothing(client: httpx.AsyncClient, patient: Make) -> None:
    made = resource(await client.post("Patient/", json=patient()), 201)
    assert (await client.get(f"Patient/{made['id']}/")).status_code == 200


async def test_validate_stores_nothing(client: httpx.AsyncClient, patient: Make) -> None:
    fine = await client.post("Patient/$validate", json=patient())
    assert outcome(fine, 200)[0]["severity"] == "information"
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": patient(gender="xx")}]}
    assert outcome(await client.post("Patient/$validate", json=parameters), 200)[0]["severity"] == "error"
    assert outcome(await client.post("Observation/$validate", json=patient()), 200)[0]["severity"] == "error"
    assert (await client.get("Patient?_summary=count")).json()["total"] == 0


async def test_a_stale_version_is_refused_with_the_current_one(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    for stale in ('W/"7"', 'W/"no-number"'):
        changed = patient(id="p1", active=True)
        [issue] = outcome(await client.put("Patient/p1", json=changed, headers={"If-Match": stale}), 412, "conflict")
        assert issue["diagnostics"] == "Patient/p1 is now at version 1; the request was for another"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "metadata", "GET"),
        ("DELETE", "metadata", "GET"),
        ("DELETE", "_history", "GET"),
        ("PUT", "$meta", "POST"),
    ],
)
async def test_what_is_no_type_is_not_taken_for_one(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path, json={"resourceType": "Patient"})
    outcome(answer, 405, "not-supported")
    assert allowed in answer.headers["allow"]


@pytest.mark.parametrize("id_", [".", ".."])
async def test_ids_that_mean_another_address_are_refused(client: httpx.AsyncClient, patient: Make, id_: str) -> None:
    written = id_.replace(".", "%2E")
    outcome(await client.put(f"Patient/{written}", json=patient(id=id_)), 400, "invalid")
    outcome(await client.put("Patient?identifier=urn:x|1", json=patient(id=id_)), 400, "invalid")
    sent = {"request": {"method": "PUT", "url": f"Patient/{id_}"}, "resource": patient(id=id_)}
    for kind in ("batch", "transaction"):
        await client.post("", json={"resourceType": "Bundle", "type": kind, "entry": [sent]})
    made = resource(await client.post("Patient", json=patient(id=id_)), 201)
    assert made["id"] != id_
    assert resource(await client.get("Patient?_summary=count"))["total"] == 1
