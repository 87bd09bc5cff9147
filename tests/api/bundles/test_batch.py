"""Batch Bundles: every entry stands for itself."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.api.bundles.test_transaction import bundle, entry, responses
from tests.api.expect import resource

Make = Callable[..., dict[str, Any]]


async def test_a_failed_entry_leaves_the_others_alone(client: httpx.AsyncClient, patient: Make) -> None:
    sent = bundle(
        entry("POST", "Patient", patient()),
        entry("POST", "Patient", patient(gender="xx")),
        entry("GET", "Patient/nobody"),
        {"nonsense": True},
        entry("PUT", "Patient/p1", patient(id="p1")),
        entry("GET", "Nothing/p1"),
        kind="batch",
    )
    found = responses(await client.post("", json=sent))
    assert [item["status"][:3] for item in found] == ["201", "422", "404", "400", "201", "404"]
    assert found[1]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.gender"]
    assert found[3]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[3].request"]
    assert resource(await client.get("Patient?_summary=count"))["total"] == 2


async def test_all_kinds_of_reads_work_inside(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    urls = (
        "Patient/p1",
        "Patient/p1/_history/1",
        "Patient/p1/_history",
        "Patient/_history",
        "_history",
        "Patient?_id=p1",
        "metadata",
    )
    body = resource(await client.post("", json=bundle(*(entry("GET", url) for url in urls), kind="batch")))
    kinds = [(item["resource"]["resourceType"], item["resource"].get("type")) for item in body["entry"]]
    assert kinds == [("Patient", None)] * 2 + [("Bundle", "history")] * 3 + [
        ("Bundle", "searchset"),
        ("CapabilityStatement", None),
    ]


async def test_a_read_under_its_own_condition_is_not_modified(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    sent = bundle(entry("GET", "Patient/p1", ifNoneMatch='W/"1"'), kind="batch")
    assert responses(await client.post("", json=sent))[0]["status"] == "304 Not Modified"


async def test_reads_see_what_is_written_beside_them(client: httpx.AsyncClient, patient: Make) -> None:
    """ "…the same order as that specified below for transactions": https://hl7.org/fhir/R4/http.html#brules"""
    label = {"name": "meta", "valueMeta": {"tag": [{"system": "http://a.example", "code": "b"}]}}
    sent = bundle(
        entry("GET", "Patient/p1"),
        entry("POST", "Patient/p1/$meta-add", {"resourceType": "Parameters", "parameter": [label]}),
        entry("PATCH", "Patient/p2", {"resourceType": "Parameters"}),
        entry("GET", "Patient/old"),
        entry("PUT", "Patient/p1", patient(id="p1")),
        entry("DELETE", "Patient/old"),
        kind="batch",
    )
    for id_ in ("p2", "old"):
        await client.put(f"Patient/{id_}", json=patient(id=id_))
    answer = resource(await client.post("", json=sent))
    statuses = [item["response"]["status"][:3] for item in answer["entry"]]
    assert statuses == ["200", "200", "200", "410", "201", "204"]
    assert answer["entry"][0]["resource"]["meta"]["tag"] == label["valueMeta"]["tag"]


async def test_many_writes_are_answered_in_request_order(client: httpx.AsyncClient, patient: Make) -> None:
    entries = [entry("PUT", f"Patient/p{n}", patient(id=f"p{n}")) for n in range(300)]
    found = responses(await client.post("", json=bundle(*entries, kind="batch")))
    assert [item["location"].split("/")[-3] for item in found] == [f"p{n}" for n in range(300)]
