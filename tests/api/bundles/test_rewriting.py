"""Which types the references of a transaction may lead to, judged when they are resolved.

The law: what a transaction stores can be read and put back as it is, and what it refuses leaves nothing behind.
"""

import base64
import itertools
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.fhir import r4
from gateway.store import Store
from gateway.store.layout.records import Write
from tests.api.expect import outcome, resource

NUMBERS = itertools.count()
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
PLANET = {"resourceType": "Basic", "code": {"text": "planet"}}
HOLDERS: dict[str, tuple[dict[str, Any], str]] = {
    "Observation.subject": (OBSERVATION, "subject"),
    "Observation.focus": (OBSERVATION, "focus"),
    "Observation.performer": (OBSERVATION, "performer"),
    "Patient.managingOrganization": ({"resourceType": "Patient"}, "managingOrganization"),
    "Patient.generalPractitioner": ({"resourceType": "Patient"}, "generalPractitioner"),
    "Location.partOf": ({"resourceType": "Location"}, "partOf"),
    "Basic.subject": (PLANET, "subject"),
    "Basic.author": (PLANET, "author"),
}
TARGETS = ["Patient", "Practitioner", "Organization", "Device", "Location", "Medication", "Substance", "Basic", "Group"]
NEEDED = {
    "Substance": {"code": {"text": "x"}},
    "Basic": {"code": {"text": "x"}},
    "Group": {"type": "person", "actual": True},
}


def made(element: str, reference: dict[str, Any]) -> dict[str, Any]:
    """The holder of `element` with this reference in it."""
    holder, name = HOLDERS[element]
    many = r4.types()[element.partition(".")[0]].elements[name].many
    return {**holder, name: [reference] if many else reference}


def target(type_: str, number: int) -> dict[str, Any]:
    system = {"system": "http://a.example", "value": str(number)}
    identifier = [system] if type_ in ("Patient", "Practitioner", "Organization", "Location", "Basic") else None
    found = {"resourceType": type_, **NEEDED.get(type_, {})}
    return {**found, "identifier": identifier} if identifier else found


def entry(method: str, url: str, body: dict[str, Any], full_url: str = "") -> dict[str, Any]:
    found = {"request": {"method": method, "url": url}, "resource": body}
    return {"fullUrl": full_url, **found} if full_url else found


def transaction(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def sent(element: str, type_: str, way: str, named: str | None) -> dict[str, Any]:
    """A transaction with a resource whose `element` leads to a new resource of `type_` in the given way."""
    number = next(NUMBERS)
    address = {
        "urn": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
        "url": f"http://else.example/{type_}/t{number}",
        "relative": f"http://else.example/fhir/{type_}/t{number}",
        "odd": f"resource:{number}",
        "search": "",
    }[way]
    text = {"search": f"{type_}?identifier=http://a.example|{number}", "relative": f"{type_}/t{number}"}
    reference = {"reference": text.get(way, address), **({"type": named} if named else {})}
    holder = made(element, reference)
    own = f"http://else.example/fhir/{holder['resourceType']}/h{number}" if way == "relative" else ""
    return transaction(
        entry("POST", holder["resourceType"], holder, own), entry("POST", type_, target(type_, number), address)
    )


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    element=st.sampled_from(list(HOLDERS)),
    type_=st.sampled_from(TARGETS),
    way=st.sampled_from(["urn", "url", "relative", "odd", "search"]),
    named=st.none() | st.sampled_from(["Patient", "Practitioner", "Device"]),
)
async def test_what_is_stored_can_be_put_back_and_what_is_refused_is_not_there(
    client: httpx.AsyncClient, store: Store, element: str, type_: str, way: str, named: str | None
) -> None:
    before = await store.feed.head()
    answer = await client.post("", json=sent(element, type_, way, named))
    allowed = r4.types()[element.partition(".")[0]].elements[element.partition(".")[2]].targets
    fits = (type_ in allowed or not set(allowed) <= r4.resource_types()) and named in (None, type_)
    if way == "search" and "identifier" not in target(type_, 0):
        assert answer.status_code in (400, 412, 422)  # there is no search by identifier, or nothing to find
    else:
        assert answer.status_code == (200 if fits else 422), answer.text
    if answer.status_code != 200:
        assert await store.feed.head() == before
        if answer.status_code == 422:
            place = f"Bundle.entry[0].resource.{element.partition('.')[2]}"
            assert all(one["expression"][0].startswith(place) for one in answer.json()["issue"])
        return
    for one in answer.json()["entry"]:
        location = one["response"]["location"].partition("/_history")[0]
        stored = resource(await client.get(location))
        assert resource(await client.put(location, json=stored)) == stored


JSON_PATCH = [{"op": "add", "path": "/subject", "value": {"reference": "urn:uuid:p"}}]
FHIRPATH_PATCH = {
    "resourceType": "Parameters",
    "parameter": [
        {
            "name": "operation",
            "part": [
                {"name": "type", "valueCode": "add"},
                {"name": "path", "valueString": "Observation"},
                {"name": "name", "valueString": "subject"},
                {"name": "value", "valueReference": {"reference": "urn:uuid:p"}},
            ],
        }
    ],
}
BINARY = {
    "resourceType": "Binary",
    "contentType": "application/json-patch+json",
    "data": base64.b64encode(json.dumps(JSON_PATCH).encode()).decode(),
}


@pytest.mark.parametrize("patch", [BINARY, FHIRPATH_PATCH], ids=["json", "fhirpath"])
async def test_what_a_patch_refers_to_is_judged_too(client: httpx.AsyncClient, patch: dict[str, Any]) -> None:
    resource(await client.put("Observation/o", json={**OBSERVATION, "id": "o"}), 201)
    for type_ in ("Practitioner", "Patient"):
        both = transaction(
            entry("PATCH", "Observation/o", patch), entry("POST", type_, {"resourceType": type_}, "urn:uuid:p")
        )
        answer = await client.post("", json=both)
        if type_ == "Practitioner":
            [issue] = outcome(answer, 422)
            assert issue["expression"] == ["Bundle.entry[0].resource.subject"]
            assert resource(await client.get("Practitioner?_summary=count"))["total"] == 0
    now = resource(await client.get("Observation/o"))
    assert now["subject"]["reference"].startswith("Patient/") and now["meta"]["versionId"] == "2"
    assert resource(await client.put("Observation/o", json=now)) == now


async def test_every_such_reference_is_told_at_once(client: httpx.AsyncClient) -> None:
    wrong = {"reference": "urn:uuid:d"}
    held = {**OBSERVATION, "subject": {"reference": "urn:uuid:m"}, "performer": [{"reference": "urn:uuid:p"}, wrong]}
    inner = {"resourceType": "Encounter", "id": "e", "status": "planned", "class": {"code": "AMB"}, "subject": wrong}
    sent = transaction(
        entry("POST", "Observation", {**held, "contained": [inner], "encounter": {"reference": "#e"}}),
        entry("POST", "Medication", {"resourceType": "Medication"}, "urn:uuid:m"),
        entry("POST", "Patient", {"resourceType": "Patient"}, "urn:uuid:p"),
        entry("POST", "Device", {"resourceType": "Device"}, "urn:uuid:d"),
    )
    issues = outcome(await client.post("", json=sent), 422)
    assert {issue["expression"][0].removeprefix("Bundle.entry[0].resource.") for issue in issues} == {
        "subject",
        "performer[1]",
        "contained[0].subject",
    }


SEARCH = "Patient?identifier=http://a.example|1"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_reference_by_search_is_refused_outside_of_a_transaction(
    client: httpx.AsyncClient, method: str
) -> None:
    resource(await client.put("Observation/o", json={**OBSERVATION, "id": "o"}), 201)
    held = {**OBSERVATION, "subject": {"reference": SEARCH}}
    if method == "PATCH":
        headers = {"Content-Type": "application/merge-patch+json"}
        answer = await client.patch("Observation/o", json={"subject": {"reference": SEARCH}}, headers=headers)
    elif method == "PUT":
        answer = await client.put("Observation/o", json={**held, "id": "o"})
    else:
        answer = await client.post("Observation", json=held)
    [issue] = outcome(answer, 422, "not-supported")
    assert issue["expression"] == ["Observation.subject.reference"]
    batch = {**transaction(entry("POST", "Observation", held)), "type": "batch"}
    [answered] = resource(await client.post("", json=batch))["entry"]
    [issue] = answered["response"]["outcome"]["issue"]
    assert issue["expression"] == ["Bundle.entry[0].resource.subject.reference"]
    [kept] = resource(await client.get("Observation"))["entry"]
    assert "subject" not in kept["resource"] and kept["resource"]["meta"]["versionId"] == "1"


async def test_one_that_a_partner_sent_keeps_nobody_from_writing_the_rest(
    client: httpx.AsyncClient, store: Store
) -> None:
    held = {**OBSERVATION, "id": "o", "subject": {"reference": SEARCH}}
    await store.commit(Write("Observation", "o", held, "partner:ehr"))
    changed = {**held, "status": "amended", "subject": {"reference": SEARCH, "display": "Eva"}}
    assert resource(await client.put("Observation/o", json=changed))["status"] == "amended"
    other = {**changed, "performer": [{"reference": "Practitioner?identifier=1"}]}
    [issue] = outcome(await client.put("Observation/o", json=other), 422, "not-supported")
    assert issue["expression"] == ["Observation.performer[0].reference"]


async def test_a_question_mark_elsewhere_is_no_search(client: httpx.AsyncClient) -> None:
    held = {
        **OBSERVATION,
        "note": [{"text": f"who is {SEARCH}"}],
        "subject": {"reference": "http://else.example/patient?id=7"},
    }
    assert resource(await client.post("Observation", json=held), 201)["subject"] == held["subject"]
