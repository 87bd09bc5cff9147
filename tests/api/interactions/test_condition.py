"""Conditional create, update and delete, and how often they are decided anew."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway.api.interactions.condition import ATTEMPTS, retry_while_condition_changes
from gateway.errors import Busy, PreconditionFailed
from gateway.store.layout.records import ConditionChanged
from tests.api.expect import ids, outcome, resource

Make = Callable[..., dict[str, Any]]
QUERY = "identifier=http://a.example|1"
ONE = [{"system": "http://a.example", "value": "1"}]


async def test_create_leaves_the_one_match_alone(client: httpx.AsyncClient, patient: Make) -> None:
    condition = {"If-None-Exist": QUERY}
    first = await client.post("Patient", json=patient(identifier=ONE), headers=condition)
    second = await client.post("Patient", json=patient(identifier=ONE, active=True), headers=condition)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.content == first.content


async def test_the_condition_of_a_create_may_repeat_the_type(client: httpx.AsyncClient, patient: Make) -> None:
    for written in (QUERY, f"?{QUERY}", f"Patient?{QUERY}"):
        await client.post("Patient", json=patient(identifier=ONE), headers={"If-None-Exist": written})
    assert len(ids(resource(await client.get("Patient")))) == 1


async def test_concurrent_creates_leave_one_resource(client: httpx.AsyncClient, patient: Make) -> None:
    condition = {"If-None-Exist": QUERY}
    made = await asyncio.gather(
        *(client.post("Patient", json=patient(identifier=ONE), headers=condition) for _ in range(12))
    )
    assert sorted(r.status_code for r in made) == [200] * 11 + [201]
    assert len({r.json()["id"] for r in made}) == 1


async def test_more_than_one_match_is_refused(client: httpx.AsyncClient, patient: Make) -> None:
    for _ in range(2):
        await client.post("Patient", json=patient(identifier=ONE))
    new = patient(identifier=ONE)
    outcome(await client.post("Patient", json=new, headers={"If-None-Exist": QUERY}), 412, "multiple-matches")
    outcome(await client.put(f"Patient?{QUERY}", json=new), 412, "multiple-matches")
    outcome(await client.delete(f"Patient?{QUERY}"), 412, "multiple-matches")
    assert len(ids(resource(await client.get(f"Patient?{QUERY}")))) == 2


async def test_update_creates_or_updates_the_match(client: httpx.AsyncClient, patient: Make) -> None:
    created = await client.put(f"Patient?{QUERY}", json=patient(identifier=ONE))
    updated = await client.put(f"Patient?{QUERY}", json=patient(identifier=ONE, active=True))
    assert (created.status_code, updated.status_code) == (201, 200)
    assert resource(updated)["id"] == created.json()["id"]
    other = patient(identifier=ONE, id="other")
    outcome(await client.put(f"Patient?{QUERY}", json=other), 400, "invalid")


async def test_update_without_a_match_takes_the_id_of_the_body(client: httpx.AsyncClient, patient: Make) -> None:
    made = await client.put(f"Patient?{QUERY}", json=patient(id="mine", identifier=ONE))
    assert resource(made, 201)["id"] == "mine"
    outcome(await client.put("Patient?identifier=none", json=patient(id="mine")), 409, "conflict")


async def test_delete_takes_the_one_match(client: httpx.AsyncClient, patient: Make) -> None:
    made = resource(await client.post("Patient", json=patient(identifier=ONE)), 201)
    outcome(await client.delete(f"Patient?{QUERY}"), 200)
    outcome(await client.get(f"Patient/{made['id']}"), 410)
    outcome(await client.delete(f"Patient?{QUERY}"), 200)


async def test_a_condition_needs_a_criterion_that_exists(client: httpx.AsyncClient, patient: Make) -> None:
    await client.post("Patient", json=patient())
    outcome(await client.delete("Patient"), 400, "invalid")
    outcome(await client.delete("Patient?_count=1"), 400, "invalid")
    lenient = {"Prefer": "handling=lenient"}
    outcome(await client.delete("Patient?foo=bar", headers=lenient), 400, "not-supported")
    outcome(await client.put("Patient", json=patient()), 400, "invalid")
    outcome(await client.post("Patient", json=patient(), headers={"If-None-Exist": "foo=bar"}), 400, "not-supported")


async def test_a_condition_in_the_url_of_a_create_is_one(client: httpx.AsyncClient, patient: Make) -> None:
    made = [await client.post(f"Patient?{QUERY}", json=patient(identifier=ONE)) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 200]
    outcome(await client.post("Patient?foo=1", json=patient()), 400, "not-supported")
    assert (await client.post("Patient?_format=json", json=patient())).status_code == 201


async def test_how_the_answer_is_shown_is_no_condition(client: httpx.AsyncClient, patient: Make) -> None:
    """`_summary` and `_elements` may come with every interaction (https://hl7.org/fhir/R4/http.html#parameters)."""
    for query in ("_summary=true", "_elements=gender&_pretty=true"):
        assert (await client.post(f"Patient?{query}", json=patient())).status_code == 201


async def test_a_condition_without_a_value_is_refused(client: httpx.AsyncClient, patient: Make) -> None:
    empty = {"If-None-Exist": f"{QUERY}&name="}
    outcome(await client.post("Patient", json=patient(), headers=empty), 400, "invalid")
    outcome(await client.delete("Patient?identifier="), 400, "invalid")


UNMET = [
    ("identifier=http://a.example|2", {}, None),
    ("identifier=http://a.example|A+1", {"identifier": [{"system": "http://a.example", "value": "A+1"}]}, "%2B"),
    ("birthdate=1950-02-03", {"birthDate": "1950-02-04"}, None),
    ("birthdate=1950-02-03", {}, None),
    ("_id=somebody", {}, None),
    ("identifier=http://a.example|1&gender=male", {"identifier": ONE, "gender": "female"}, None),
    ("organization=Organization/1", {"managingOrganization": {"reference": "Organization/2"}}, None),
]


@pytest.mark.parametrize(("query", "elements", "hint"), UNMET)
@pytest.mark.parametrize("method", ["create", "create by url", "update"])
async def test_what_does_not_meet_its_own_condition_would_be_made_again_and_again(
    client: httpx.AsyncClient, patient: Make, query: str, elements: dict[str, Any], hint: str | None, method: str
) -> None:
    body = patient(**elements)
    if method == "create":
        response = await client.post("Patient", json=body, headers={"If-None-Exist": query})
    else:
        response = await client.request("PUT" if method == "update" else "POST", f"Patient?{query}", json=body)
    [issue] = outcome(response, 422, "processing")
    assert "does not meet the condition" in issue["diagnostics"]
    assert ("%2B" in issue["diagnostics"]) is (hint is not None)
    assert ids(resource(await client.get("Patient"))) == []


@pytest.mark.parametrize(("query", "elements", "hint"), UNMET)
async def test_an_entry_has_the_same_answer(
    client: httpx.AsyncClient, patient: Make, query: str, elements: dict[str, Any], hint: str | None
) -> None:
    create = {"request": {"method": "POST", "url": "Patient", "ifNoneExist": query}, "resource": patient(**elements)}
    update = {"request": {"method": "PUT", "url": f"Patient?{query}"}, "resource": patient(**elements)}
    for entry, place in ((create, "ifNoneExist"), (update, "url")):
        sent = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        [issue] = outcome(await client.post("", json=sent), 422, "processing")
        [answered] = resource(await client.post("", json={**sent, "type": "batch"}))["entry"]
        assert answered["response"]["status"].startswith("422")
        assert answered["response"]["outcome"]["issue"] == [issue]
        assert issue["expression"] == [f"Bundle.entry[0].request.{place}"]
        assert ("%2B" in issue["diagnostics"]) is (hint is not None)
    assert ids(resource(await client.get("Patient"))) == []


MET = [
    ("identifier=http://a.example|A%2B1", {"identifier": [{"system": "http://a.example", "value": "A+1"}]}),
    ("birthdate=1950-02", {"birthDate": "1950-02-04"}),
    ("organization=Organization/1", {"managingOrganization": {"reference": "Organization/1"}}),
    ("organization=Organization/1", {"managingOrganization": {"reference": "http://gateway/fhir/Organization/1"}}),
    ("identifier:not=5&gender=female", {"gender": "female"}),
    ("_id=mine", {"id": "mine"}),
]


@pytest.mark.parametrize(("query", "elements"), MET)
async def test_the_same_update_sent_twice_leaves_one_resource(
    client: httpx.AsyncClient, patient: Make, query: str, elements: dict[str, Any]
) -> None:
    first = await client.put(f"Patient?{query}", json=patient(**elements))
    second = await client.put(f"Patient?{query}", json=patient(**elements))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.content == first.content
    assert ids(resource(await client.get("Patient"))) == [first.json()["id"]]


ELSEWHERE = [
    ("organization.name=x", {}),
    ("organization.name=x", {"managingOrganization": {"reference": "Organization/y"}}),
    ("_has:Observation:patient:code=y&gender=female", {"gender": "female"}),
    ("_list=42", {}),
    ("_content=nobody", {}),
    ("_lastUpdated=lt2020", {}),
    ("_lastUpdated=gt2100", {}),
    ("_filter=gender eq male or organization.name eq x", {"gender": "female"}),
]
"""Conditions that other resources, words or the time of the update do not meet."""


@pytest.mark.parametrize(("query", "elements"), ELSEWHERE)
async def test_what_only_the_database_tells_not_to_meet_its_condition_is_refused_too(
    client: httpx.AsyncClient, patient: Make, query: str, elements: dict[str, Any]
) -> None:
    await client.put("Organization/y", json={"resourceType": "Organization", "id": "y", "name": "y"})
    body, head = patient(**elements), {"If-None-Exist": query}
    [alone] = outcome(await client.post("Patient", json=body, headers=head), 422, "processing")
    outcome(await client.put(f"Patient?{query}", json=body), 422, "processing")
    entry = {"request": {"method": "POST", "url": "Patient", "ifNoneExist": query}, "resource": body}
    organization = {"resourceType": "Organization", "id": "z", "name": "z"}
    other = {"request": {"method": "PUT", "url": "Organization/z"}, "resource": organization}
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [other, entry]}
    [issue] = outcome(await client.post("", json=sent), 422, "processing")
    assert issue["expression"] == ["Bundle.entry[1].request.ifNoneExist"]
    assert issue["diagnostics"] == alone["diagnostics"]
    assert "does not meet the condition" in issue["diagnostics"]
    assert ids(resource(await client.get("Patient"))) == []
    assert ids(resource(await client.get("Organization"))) == ["y"]


async def test_a_refused_one_costs_the_writes_beside_it_nothing(client: httpx.AsyncClient, patient: Make) -> None:
    head = {"If-None-Exist": "organization.name=x"}
    answers = await asyncio.gather(
        *(client.post("Patient", json=patient(), headers=head if number % 2 else {}) for number in range(10))
    )
    assert [answer.status_code for answer in answers] == [201, 422] * 5
    made = sorted(answer.json()["id"] for answer in answers[::2])
    assert sorted(ids(resource(await client.get("Patient")))) == made


@pytest.mark.parametrize(
    "query",
    ["organization.name=y", "organization.name:contains=Y&gender=female", "_content=Chalmers", "_lastUpdated=gt2020"],
)
async def test_what_the_database_tells_to_meet_its_condition_is_made_once(
    client: httpx.AsyncClient, patient: Make, query: str
) -> None:
    body = patient(gender="female", managingOrganization={"reference": "urn:uuid:0a000000-0000-4000-8000-000000000001"})
    body |= {"name": [{"family": "Chalmers"}]}
    organization = {
        "fullUrl": "urn:uuid:0a000000-0000-4000-8000-000000000001",
        "resource": {"resourceType": "Organization", "name": "y", "identifier": ONE},
        "request": {"method": "POST", "url": "Organization", "ifNoneExist": QUERY},
    }
    entry = {"request": {"method": "POST", "url": "Patient", "ifNoneExist": query}, "resource": body}
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [entry, organization]}
    for status in ("201 Created", "200 OK"):
        assert resource(await client.post("", json=sent))["entry"][0]["response"]["status"] == status
    assert len(ids(resource(await client.get("Patient")))) == 1


async def test_an_update_must_not_take_its_match_out_of_reach(client: httpx.AsyncClient, patient: Make) -> None:
    made = resource(await client.put(f"Patient?{QUERY}", json=patient(identifier=ONE)), 201)
    outcome(await client.put(f"Patient?{QUERY}", json=patient(active=True)), 422, "processing")
    assert resource(await client.get(f"Patient/{made['id']}")) == made
    changed = {**made, "identifier": [{"system": "http://a.example", "value": "2"}]}
    assert resource(await client.put(f"Patient/{made['id']}", json=changed))["identifier"] == changed["identifier"]


async def test_the_condition_of_an_entry_is_judged_on_resolved_references(
    client: httpx.AsyncClient, patient: Make
) -> None:
    await client.put("Patient/p", json=patient(id="p", identifier=ONE))
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    entry = {
        "request": {"method": "POST", "url": "Observation", "ifNoneExist": "subject=Patient/p"},
        "resource": {**observation, "subject": {"reference": f"Patient?{QUERY}"}},
    }
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    for status in ("201 Created", "200 OK"):
        assert resource(await client.post("", json=sent))["entry"][0]["response"]["status"] == status


@pytest.mark.parametrize("condition", ["nothing=1", "identifier=", "identifier=http://a.example|1"])
@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_a_fault_of_the_condition_of_an_entry_is_named_there(
    client: httpx.AsyncClient, patient: Make, condition: str, kind: str
) -> None:
    for _ in range(2):
        await client.post("Patient", json=patient(identifier=ONE))
    request = {"method": "POST", "url": "Patient", "ifNoneExist": condition}
    sent = {"resourceType": "Bundle", "type": kind, "entry": [{"request": request, "resource": patient()}]}
    answer = (await client.post("", json=sent)).json()
    [issue] = answer["issue"] if kind == "transaction" else answer["entry"][0]["response"]["outcome"]["issue"]
    assert issue["expression"] == ["Bundle.entry[0].request.ifNoneExist"]
    assert len(ids(resource(await client.get("Patient")))) == 2


async def test_the_same_condition_alone_and_in_bundles_at_once_leaves_one_resource(
    client: httpx.AsyncClient, patient: Make
) -> None:
    """Each way in its own form: the header, the URL, `Type?query`, a batch, a transaction."""
    condition, body = QUERY, patient(identifier=ONE)

    def bundle(kind: str, url: str = "Patient", **request: str) -> dict[str, Any]:
        entry = {"resource": body, "request": {"method": "POST", "url": url, **request}}
        return {"resourceType": "Bundle", "type": kind, "entry": [entry]}

    answers = await asyncio.gather(
        client.post("Patient", json=body, headers={"If-None-Exist": condition}),
        client.post("Patient", json=body, headers={"If-None-Exist": f"Patient?{condition}"}),
        client.post(f"Patient?{condition}", json=body),
        client.put(f"Patient?{condition}", json=body),
        client.post("", json=bundle("batch", ifNoneExist=condition)),
        client.post("", json=bundle("batch", f"Patient?{condition}")),
        client.post("", json=bundle("transaction", ifNoneExist=condition)),
        client.post("", json=bundle("transaction", f"Patient?{condition}")),
    )
    statuses = [
        answer.json()["entry"][0]["response"]["status"][:3] if answer.json()["resourceType"] == "Bundle" else "alone"
        for answer in answers
    ]
    created = statuses.count("201") + sum(answer.status_code == 201 for answer in answers)
    assert created == 1 and statuses.count("alone") == 4
    assert resource(await client.get(f"Patient?{condition}"))["total"] == 1


async def test_a_condition_in_the_url_of_an_entry_is_shared_by_its_transaction(
    client: httpx.AsyncClient, patient: Make
) -> None:
    condition, body = QUERY, patient(identifier=ONE)
    request = {"method": "POST", "url": f"Patient?{condition}"}
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": body, "request": request}] * 2}
    entries = resource(await client.post("", json=sent))["entry"]
    assert [entry["response"]["status"] for entry in entries] == ["201 Created", "200 OK"]
    assert entries[0]["response"]["location"] == entries[1]["response"]["location"]


@pytest.mark.parametrize("kind", ["alone", "batch", "transaction"])
@pytest.mark.parametrize("header", ['W/"1"', 'W/"1", W/"9"'])
async def test_of_updates_of_one_version_at_once_one_succeeds(
    client: httpx.AsyncClient, patient: Make, header: str, kind: str
) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))

    async def update(year: int) -> int:
        body = patient(id="p1", birthDate=f"{year}-01-01")
        if kind == "alone":
            return (await client.put("Patient/p1", json=body, headers={"If-Match": header})).status_code
        entry = {"resource": body, "request": {"method": "PUT", "url": "Patient/p1", "ifMatch": header}}
        answer = await client.post("", json={"resourceType": "Bundle", "type": kind, "entry": [entry]})
        told = answer.json()
        return int(told["entry"][0]["response"]["status"][:3]) if answer.status_code == 200 else answer.status_code

    statuses = await asyncio.gather(*(update(1990 + number) for number in range(8)))
    assert sorted(statuses) == [200] + 7 * [412]


async def test_whichever_version_is_current_updates_at_once_all_succeed(
    client: httpx.AsyncClient, patient: Make
) -> None:
    """With `*` nobody asks for a certain version, so that one that is decided anew succeeds."""
    await client.put("Patient/p1", json=patient(id="p1"))
    bodies = [patient(id="p1", birthDate=f"{1990 + number}-01-01") for number in range(4)]
    answers = await asyncio.gather(*(client.put("Patient/p1", json=body, headers={"If-Match": "*"}) for body in bodies))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert resource(await client.get("Patient/p1"))["meta"]["versionId"] == "5"


async def test_of_creates_of_one_id_at_once_one_succeeds(client: httpx.AsyncClient, patient: Make) -> None:
    bodies = [patient(id="p1", birthDate=f"{1990 + number}-01-01") for number in range(8)]
    answers = await asyncio.gather(
        *(client.put("Patient/p1", json=body, headers={"If-None-Match": "*"}) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + 7 * [412]


class Attempts:
    """Raises each error in turn, then returns "done"."""

    def __init__(self, *errors: Exception) -> None:
        self.left, self.made = list(errors), 0

    async def __call__(self) -> str:
        self.made += 1
        if self.left:
            raise self.left.pop(0)
        return "done"


@pytest.mark.parametrize("changes", range(ATTEMPTS))
async def test_a_write_is_decided_anew_while_its_condition_changes(changes: int) -> None:
    attempts = Attempts(*(ConditionChanged("changed") for _ in range(changes)))
    assert await retry_while_condition_changes(attempts) == "done"
    assert attempts.made == changes + 1


async def test_a_condition_that_keeps_changing_ends_with_busy() -> None:
    attempts = Attempts(*(ConditionChanged("changed") for _ in range(ATTEMPTS)))
    with pytest.raises(Busy):
        await retry_while_condition_changes(attempts)
    assert attempts.made == ATTEMPTS


async def test_what_the_client_demands_is_not_tried_again() -> None:
    attempts = Attempts(PreconditionFailed("stale"))
    with pytest.raises(PreconditionFailed):
        await retry_while_condition_changes(attempts)
    assert attempts.made == 1
