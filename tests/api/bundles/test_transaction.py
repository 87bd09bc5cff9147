"""Transaction Bundles: all or nothing, references resolved, answers in request order."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway.api import Deployment
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]
ONE = [{"system": "http://a.example", "value": "1"}]


def observation(subject: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": subject},
        **more,
    }


def bundle(*entries: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method: str, url: str, body: Any = None, full_url: str = "", **conditions: str) -> dict[str, Any]:
    found: dict[str, Any] = {"request": {"method": method, "url": url, **conditions}}
    if body is not None:
        found["resource"] = body
    return {"fullUrl": full_url, **found} if full_url else found


def responses(response: httpx.Response) -> list[dict[str, Any]]:
    body = resource(response)
    assert body["type"].endswith("-response")
    return [item["response"] for item in body["entry"]]


async def test_references_follow_the_new_ids(client: httpx.AsyncClient, patient: Make) -> None:
    sent = bundle(
        entry("POST", "Observation", observation("urn:uuid:p")),
        entry("POST", "Patient", patient(), "urn:uuid:p"),
    )
    first, second = responses(await client.post("", json=sent))
    assert [first["status"], second["status"]] == ["201 Created", "201 Created"]
    stored = resource(await client.get(first["location"]))
    assert second["location"].startswith(f"http://gateway/fhir/{stored['subject']['reference']}/_history/")
    assert (first["etag"], first["lastModified"]) == ('W/"1"', stored["meta"]["lastUpdated"])


async def test_conditional_references_are_looked_up(client: httpx.AsyncClient, patient: Make) -> None:
    known = resource(await client.post("Patient", json=patient(identifier=ONE)), 201)
    sent = bundle(entry("POST", "Observation", observation("Patient?identifier=http://a.example|1")))
    [made] = responses(await client.post("", json=sent))
    assert resource(await client.get(made["location"]))["subject"]["reference"] == f"Patient/{known['id']}"
    lost = bundle(
        entry("POST", "Patient", patient()), entry("POST", "Observation", observation("Patient?identifier=none"))
    )
    [issue] = outcome(await client.post("", json=lost), 412)
    assert issue["expression"] == ["Bundle.entry[1].resource.subject.reference"]
    assert resource(await client.get("Patient?_summary=count"))["total"] == 1


async def test_a_conditional_create_that_finds_its_resource_gives_its_id_to_references(
    client: httpx.AsyncClient, patient: Make
) -> None:
    known = resource(await client.post("Patient", json=patient(identifier=ONE)), 201)
    sent = bundle(
        entry("POST", "Patient", patient(identifier=ONE), "urn:uuid:p", ifNoneExist="identifier=http://a.example|1"),
        entry("POST", "Observation", observation("urn:uuid:p")),
    )
    found, made = responses(await client.post("", json=sent))
    assert (found["status"], made["status"]) == ("200 OK", "201 Created")
    assert f"Patient/{known['id']}/" in found["location"]
    assert resource(await client.get(made["location"]))["subject"]["reference"] == f"Patient/{known['id']}"


async def test_of_creates_under_one_condition_the_first_creates(client: httpx.AsyncClient, patient: Make) -> None:
    condition = {"ifNoneExist": "identifier=http://a.example|1"}
    sent = bundle(
        entry("POST", "Patient", patient(identifier=ONE), "urn:uuid:p", **condition),
        entry("POST", "Patient", patient(identifier=ONE, active=True), "urn:uuid:q", **condition),
        entry("POST", "Observation", observation("urn:uuid:q")),
    )
    for expected in (["201 Created", "200 OK", "201 Created"], ["200 OK", "200 OK", "201 Created"]):
        found = responses(await client.post("", json=sent))
        assert [one["status"] for one in found] == expected
        assert found[0]["location"] == found[1]["location"]
        subject = resource(await client.get(found[2]["location"]))["subject"]["reference"]
        assert f"/{subject}/_history/" in found[0]["location"]
    assert resource(await client.get("Patient?_summary=count"))["total"] == 1


async def test_one_bad_entry_stops_all(client: httpx.AsyncClient, patient: Make) -> None:
    sent = bundle(
        entry("POST", "Patient", patient()),
        entry("PUT", "Patient/p1", patient(id="p1", gender="xx")),
        entry("POST", "Patient", patient(birthDate="yesterday")),
    )
    issues = outcome(await client.post("", json=sent), 422)
    named = {issue["expression"][0] for issue in issues}
    assert named == {"Bundle.entry[1].resource.gender", "Bundle.entry[2].resource.birthDate"}
    assert resource(await client.get("Patient?_summary=count"))["total"] == 0


async def test_a_stale_version_stops_all(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    sent = bundle(entry("POST", "Patient", patient()), entry("PUT", "Patient/p1", patient(id="p1"), ifMatch='W/"9"'))
    [issue] = outcome(await client.post("", json=sent), 412)
    assert issue["expression"][0].startswith("Bundle.entry[1]")
    assert resource(await client.get("Patient?_summary=count"))["total"] == 1


async def test_create_only_stops_all_when_it_is_there(client: httpx.AsyncClient, patient: Make) -> None:
    only = entry("PUT", "Patient/p1", patient(id="p1"), ifNoneMatch="*")
    assert responses(await client.post("", json=bundle(only)))[0]["status"] == "201 Created"
    matched = entry("PUT", "Patient?_id=p1", patient(), ifNoneMatch="*")
    for stops in (only, matched):
        outcome(await client.post("", json=bundle(entry("POST", "Patient", patient()), stops)), 412)
    assert resource(await client.get("Patient?_summary=count"))["total"] == 1


async def test_deletes_come_before_creates_and_reads_come_last(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/old", json=patient(id="old", identifier=ONE))
    sent = bundle(
        entry("GET", "Patient/new"),
        entry("GET", "Patient?identifier=http://a.example|1"),
        entry("PUT", "Patient/new", patient(id="new", identifier=ONE)),
        entry("DELETE", "Patient?identifier=http://a.example|1"),
        entry("HEAD", "Patient/new/_history/1"),
    )
    body = resource(await client.post("", json=sent))
    statuses = [item["response"]["status"] for item in body["entry"]]
    assert statuses == ["200 OK", "200 OK", "201 Created", "204 No Content", "200 OK"]
    assert body["entry"][0]["resource"]["id"] == "new"
    assert [e["resource"]["id"] for e in body["entry"][1]["resource"]["entry"]] == ["new"]
    assert "resource" not in body["entry"][4]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (entry("GET", "Patient/nobody"), 404),
        (entry("GET", "Patient/old"), 410),
        (entry("GET", "Patient?foo=bar"), 400),
        (entry("GET", "Patient/here/_history/7"), 404),
        (entry("GET", "Patient/nobody/_history"), 404),
        (entry("GET", "Patient/here/$nothing"), 404),
        (entry("POST", "Patient/here/$meta-add", {"resourceType": "Parameters"}), 400),
        (entry("POST", "ValueSet/$nothing", {"resourceType": "Parameters"}), 404),
        (entry("POST", "", {"resourceType": "Bundle", "type": "batch"}), 400),
    ],
)
async def test_what_cannot_be_answered_stops_all_before_anything_is_written(
    client: httpx.AsyncClient, patient: Make, asked: dict[str, Any], status: int
) -> None:
    for name in ("old", "here"):
        await client.put(f"Patient/{name}", json=patient(id=name))
    sent = bundle(entry("POST", "Patient", patient()), entry("DELETE", "Patient/old"), asked)
    [issue] = outcome(await client.post("", json=sent), status)
    assert issue["expression"][0].startswith("Bundle.entry[2].")
    assert resource(await client.get("Patient?_summary=count"))["total"] == 2


async def test_conditional_references_see_what_the_transaction_does(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/old", json=patient(id="old", identifier=ONE))
    sent = bundle(
        entry("POST", "Observation", observation("Patient?identifier=http://a.example|1")),
        entry("PUT", "Patient/new", patient(id="new", identifier=ONE, name=[{"family": "Neu"}])),
        entry("POST", "Observation", observation("Patient?family=neu&identifier=http://a.example|1")),
        entry("DELETE", "Patient/old"),
    )
    first, _, third, _ = responses(await client.post("", json=sent))
    for made in (first, third):
        assert resource(await client.get(made["location"]))["subject"]["reference"] == "Patient/new"
    gone = bundle(
        entry("DELETE", "Patient/new"),
        entry("POST", "Observation", observation("Patient?identifier=http://a.example|1")),
    )
    outcome(await client.post("", json=gone), 412)
    doubled = bundle(
        entry("POST", "Patient", patient(identifier=ONE)),
        entry("POST", "Observation", observation("Patient?identifier=http://a.example|1")),
    )
    outcome(await client.post("", json=doubled), 412, "multiple-matches")


@pytest.mark.parametrize("url", ["Patient/old", "Patient?identifier=http://a.example|1"])
async def test_a_create_does_not_meet_what_is_deleted(client: httpx.AsyncClient, patient: Make, url: str) -> None:
    """Deletes come first, wherever they stand."""
    known = patient(identifier=[{"system": "http://a.example", "value": "1"}])
    await client.put("Patient/old", json=known | {"id": "old"})
    condition = "identifier=http://a.example|1"
    sent = bundle(
        entry("POST", "Patient", known, "urn:uuid:1", ifNoneExist=condition),
        entry("POST", "Patient", known, ifNoneExist=condition),
        entry("POST", "Observation", observation("urn:uuid:1")),
        entry("DELETE", url),
    )
    first, second, third, last = responses(await client.post("", json=sent))
    assert [one["status"][:3] for one in (first, second, third, last)] == ["201", "200", "201", "204"]
    assert first["location"] == second["location"]
    [kept] = resource(await client.get(f"Patient?{condition}"))["entry"]
    assert kept["resource"]["id"] in first["location"] and kept["resource"]["id"] != "old"
    seen = resource(await client.get(third["location"]))
    assert seen["subject"]["reference"] == f"Patient/{kept['resource']['id']}"


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_one_condition_creates_one_resource(client: httpx.AsyncClient, patient: Make, method: str) -> None:
    """ "If any resource identities (including resolved identities from conditional update/delete) overlap in steps 1-3,
    then the transaction SHALL fail": https://hl7.org/fhir/R4/http.html#trules"""
    known = patient(identifier=[{"system": "http://a.example", "value": "1"}])
    condition = "identifier=http://a.example|1"
    update = entry("PUT", f"Patient?{condition}", known)
    first = update if method == "PUT" else entry("POST", "Patient", known, ifNoneExist=condition)
    [issue] = outcome(await client.post("", json=bundle(update, first)), 400, "invalid")
    assert issue["expression"][0].endswith(".request.url")
    assert resource(await client.get("Patient?_summary=count"))["total"] == 0


async def test_links_of_every_kind_follow(client: httpx.AsyncClient, patient: Make) -> None:
    """https://hl7.org/fhir/R4/http.html#trules, but for elements of type uuid and oid, which cannot hold `Type/id`."""
    oid, uuid = "urn:oid:1.2.3.4", "urn:uuid:00000000-0000-4000-8000-000000000007"
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{uuid}">p</a><img src="{oid}" alt="o"/></div>'
    urls = [("valueUri", uuid), ("valueUrl", uuid), ("valueUri", oid)]
    other = [("valueCanonical", uuid), ("valueString", uuid), ("valueUuid", uuid), ("valueOid", oid)]
    holder = observation(
        uuid,
        text={"status": "generated", "div": div},
        extension=[{"url": f"http://a/{n}", kind: text} for n, (kind, text) in enumerate(urls + other)],
        performer=[{"reference": "http://else.example/fhir/Practitioner/1/_history/3"}],
        contained=[
            {
                "resourceType": "Encounter",
                "id": "c",
                "status": "planned",
                "class": {"code": "AMB"},
                "subject": {"reference": uuid},
            }
        ],
        encounter={"reference": "#c"},
    )
    sent = bundle(
        entry("POST", "Observation", holder, "urn:uuid:00000000-0000-4000-8000-000000000008"),
        entry("POST", "Patient", patient(link=[{"other": {"reference": uuid}, "type": "seealso"}]), uuid),
        entry("POST", "Device", {"resourceType": "Device"}, oid),
        entry(
            "POST",
            "Practitioner",
            {"resourceType": "Practitioner", "meta": {"versionId": "3"}},
            "http://else.example/fhir/Practitioner/1",
        ),
    )
    made = [
        item["location"].split("/_history")[0].removeprefix("http://gateway/fhir/")
        for item in responses(await client.post("", json=sent))
    ]
    held = resource(await client.get(made[0]))
    assert held["subject"]["reference"] == held["contained"][0]["subject"]["reference"] == made[1]
    values = [next(value for key, value in one.items() if key != "url") for one in held["extension"]]
    assert values == [made[1], made[1], made[2], uuid, uuid, uuid, oid]
    assert resource(await client.put(made[0], json=held)) == held
    assert f'href="{made[1]}"' in held["text"]["div"] and f'src="{made[2]}"' in held["text"]["div"]
    assert held["performer"][0]["reference"] == f"{made[3]}/_history/1"
    assert resource(await client.get(made[1]))["link"][0]["other"]["reference"] == made[1]


async def test_an_id_of_a_created_resource_is_ignored_inside_too(client: httpx.AsyncClient, patient: Make) -> None:
    for kind in ("batch", "transaction"):
        [made] = responses(await client.post("", json=bundle(entry("POST", "Patient", patient(id="mine")), kind=kind)))
        assert made["status"] == "201 Created" and "/mine/" not in made["location"]
    outcome(await client.get("Patient/mine"), 404)


async def test_conditional_updates_meet_or_make_their_resource(client: httpx.AsyncClient, patient: Make) -> None:
    sent = bundle(
        entry("PUT", "Patient?identifier=http://a.example|1", patient(identifier=ONE), "urn:uuid:p"),
        entry("POST", "Observation", observation("urn:uuid:p")),
    )
    first = responses(await client.post("", json=sent))
    second = responses(await client.post("", json=sent))
    assert [item["status"] for item in first] == ["201 Created", "201 Created"]
    assert [item["status"] for item in second] == ["200 OK", "201 Created"]
    assert first[0]["location"] == second[0]["location"]


@pytest.mark.parametrize(
    "entries",
    [
        [entry("DELETE", "Patient/1"), entry("DELETE", "Patient/1")],
        [entry("PATCH", "Patient/1", {"resourceType": "Patient"})],
        [entry("POST", "Observation", {"resourceType": "Patient"})],
        [entry("GET", "http://elsewhere/fhir/Patient/1")],
        ["text"],
    ],
)
async def test_a_transaction_that_makes_no_sense_is_refused(client: httpx.AsyncClient, entries: list[Any]) -> None:
    issues = outcome(await client.post("", json=bundle(*entries)), 400)
    assert all(issue["expression"][0].startswith("Bundle.entry[") for issue in issues)


@pytest.mark.parametrize("kind", ["collection", "searchset", "document", "history"])
async def test_other_bundles_are_refused_at_the_base(client: httpx.AsyncClient, kind: str) -> None:
    outcome(await client.post("", json=bundle(kind=kind)), 400, "invalid")


async def test_an_empty_transaction_succeeds(client: httpx.AsyncClient) -> None:
    assert resource(await client.post("", json={"resourceType": "Bundle", "type": "transaction"})) == {
        "resourceType": "Bundle",
        "type": "transaction-response",
    }


async def test_a_bundle_has_a_limit_of_entries(client: httpx.AsyncClient, deployment: Deployment) -> None:
    sent = bundle(*([entry("GET", "Patient/1")] * (deployment.max_entries + 1)))
    outcome(await client.post("", json=sent), 413, "too-long")


async def test_representations_come_when_they_are_preferred(client: httpx.AsyncClient, patient: Make) -> None:
    sent = bundle(entry("POST", "Patient", patient()))
    minimal = resource(await client.post("", json=sent))
    full = resource(await client.post("", json=sent, headers={"Prefer": "return=representation"}))
    told = resource(await client.post("", json=sent, headers={"Prefer": "return=OperationOutcome"}))
    assert "resource" not in minimal["entry"][0]
    assert full["entry"][0]["resource"]["resourceType"] == "Patient"
    assert told["entry"][0]["response"]["outcome"]["resourceType"] == "OperationOutcome"


async def test_concurrent_transactions_under_one_condition_leave_one_patient(
    client: httpx.AsyncClient, patient: Make
) -> None:
    sent = bundle(
        entry("POST", "Patient", patient(identifier=ONE), "urn:uuid:p", ifNoneExist="identifier=http://a.example|1"),
        entry("POST", "Observation", observation("urn:uuid:p")),
    )
    made = await asyncio.gather(*(client.post("", json=sent) for _ in range(6)))
    assert sorted(responses(r)[0]["status"] for r in made) == ["200 OK"] * 5 + ["201 Created"]
    assert resource(await client.get("Patient?_summary=count"))["total"] == 1
    assert resource(await client.get("Observation?_summary=count"))["total"] == 6


async def test_the_base_takes_bundles_with_and_without_a_slash(client: httpx.AsyncClient) -> None:
    for url in ("http://gateway/fhir", "http://gateway/fhir/"):
        assert resource(await client.post(url, json=bundle()))["type"] == "transaction-response"


async def test_a_urn_that_no_entry_has_is_refused_by_its_path(client: httpx.AsyncClient, patient: Make) -> None:
    sent = bundle(
        entry("POST", "Patient", patient(), "urn:uuid:00000000-0000-4000-8000-000000000001"),
        entry("POST", "Observation", observation("urn:uuid:00000000-0000-4000-8000-000000000002")),
    )
    [issue] = outcome(await client.post("", json=sent), 400, "invalid")
    assert issue["expression"] == ["Bundle.entry[1].resource.subject.reference"]
    assert resource(await client.get("Patient"))["total"] == 0


async def test_a_document_inside_a_transaction_keeps_its_own_urns(client: httpx.AsyncClient) -> None:
    own = "urn:uuid:00000000-0000-4000-8000-000000000003"
    inner = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": own, "resource": {"resourceType": "Patient"}},
            {"fullUrl": f"{own[:-1]}4", "resource": observation(own)},
        ],
    }
    [made] = responses(await client.post("", json=bundle(entry("POST", "Bundle", inner))))
    assert resource(await client.get(made["location"]))["entry"][1]["resource"]["subject"]["reference"] == own


@pytest.mark.parametrize(
    "search", ["birthdate=1950-02-03", "birthdate=lt1960&name=muster", "identifier=http://a.example|1"]
)
async def test_a_reference_by_search_finds_what_the_transaction_creates(
    client: httpx.AsyncClient, patient: Make, search: str
) -> None:
    await client.put("Patient/other", json=patient(id="other", birthDate="1970-01-01"))
    await client.put("Patient/gone", json=patient(id="gone", birthDate="1950-02-03", identifier=ONE))
    sent = bundle(
        entry("POST", "Observation", observation(f"Patient?{search}")),
        entry("POST", "Patient", patient(birthDate="1950-02-03", identifier=ONE)),
        entry("DELETE", "Patient/gone"),
    )
    made, met, _ = responses(await client.post("", json=sent))
    subject = resource(await client.get(made["location"]))["subject"]["reference"]
    assert f"/{subject}/_history/1" in met["location"]
