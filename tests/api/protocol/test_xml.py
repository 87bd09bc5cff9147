"""Everything that FHIR JSON can be had by, had by FHIR XML."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.api import Deployment, create
from gateway.fhir import xml
from gateway.store import Store
from tests.api.expect import outcome, resource

Make = Callable[..., dict[str, Any]]
NS = 'xmlns="http://hl7.org/fhir"'
XML = "application/fhir+xml"
TAKES = {"Accept": XML}
SENDS = {"Content-Type": XML}
BOTH = SENDS | TAKES
DIV = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Eva &amp; <b>Co</b>&#160;</p></div>'
PATIENT = (
    f'<Patient {NS}><text><status value="generated"/>{DIV}</text>'
    '<extension url="http://x.example/e"><valueDecimal value="1.00"/></extension>'
    '<name><family value="Muster"/><given value="Eva"/></name></Patient>'
)


def read(response: httpx.Response, status: int = 200, type_: str = "") -> dict[str, Any]:
    """The resource in an answer that has to be XML."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == f"{XML}; charset=utf-8"
    found = xml.parse(response.content)
    assert not type_ or found["resourceType"] == type_
    return found


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The first issue of an OperationOutcome in XML."""
    issue: dict[str, Any] = read(response, status, "OperationOutcome")["issue"][0]
    assert issue["code"] == code
    return issue


async def test_a_resource_goes_in_and_comes_out_unchanged(client: httpx.AsyncClient) -> None:
    made = await client.post("Patient", content=PATIENT, headers=BOTH)
    found = read(made, 201, "Patient")
    assert made.headers["etag"] == 'W/"1"' and made.headers["location"].endswith(f"/Patient/{found['id']}/_history/1")
    assert made.headers["vary"] == "Accept" and made.headers["last-modified"]
    again = await client.get(f"Patient/{found['id']}", headers=TAKES)
    assert again.content == made.content
    text = again.text
    assert DIV in text and '<valueDecimal value="1.00"/>' in text
    json = await client.get(f"Patient/{found['id']}")
    assert b'"valueDecimal":1.00' in json.content
    assert json.json()["text"]["div"] == DIV


async def test_what_comes_as_json_is_told_as_xml_and_the_other_way_round(
    client: httpx.AsyncClient, patient: Make
) -> None:
    await client.put("Patient/p1", json=patient(id="p1"), headers={"Accept": "application/fhir+json"})
    assert read(await client.get("Patient/p1?_format=xml"))["name"] == patient()["name"]
    body = f'<Patient {NS}><id value="p1"/><active value="true"/></Patient>'
    told = await client.put("Patient/p1", content=body, headers=SENDS | {"Accept": "application/fhir+json"})
    assert resource(told)["active"] is True
    assert told.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert told.headers["etag"] == 'W/"2"'


async def test_the_same_in_another_format_is_no_change(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    current = await client.get("Patient/p1", headers=TAKES)
    again = await client.put("Patient/p1", content=current.content, headers=SENDS)
    assert read(again)["meta"]["versionId"] == "1"


@pytest.mark.parametrize("media", ["application/fhir+xml", "application/xml", "text/xml"])
async def test_the_media_type_is_the_one_asked_for(client: httpx.AsyncClient, media: str) -> None:
    made = await client.post("Patient", content=PATIENT, headers={"Content-Type": media, "Accept": media})
    assert made.status_code == 201
    assert made.headers["content-type"] == f"{media}; charset=utf-8"
    ElementTree.fromstring(made.content)


async def test_pretty_is_for_people(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    plain, pretty = await client.get("Patient/p1?_format=xml"), await client.get("Patient/p1?_format=xml&_pretty=true")
    assert '\n  <id value="p1"/>\n' in pretty.text and "\n  " not in plain.text
    assert read(pretty) == read(plain)


async def test_searches_and_histories_are_bundles_in_xml(client: httpx.AsyncClient, patient: Make) -> None:
    for number in range(3):
        await client.put(f"Patient/p{number}", json=patient(id=f"p{number}"))
    found = read(await client.get("Patient?_count=2&_sort=_id", headers=TAKES), 200, "Bundle")
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["p0", "p1"]
    assert found["type"] == "searchset" and {link["relation"] for link in found["link"]} >= {"self", "next"}
    following = next(link["url"] for link in found["link"] if link["relation"] == "next")
    assert [e["resource"]["id"] for e in read(await client.get(following, headers=TAKES))["entry"]] == ["p2"]
    assert len(read(await client.get("Patient/p1/_history", headers=TAKES))["entry"]) == 1
    assert read(await client.get("Patient/p1/_history/1", headers=TAKES))["id"] == "p1"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = await client.post("Patient/_search", content="_id=p1&_format=xml", headers=form)
    assert len(read(posted, 200, "Bundle")["entry"]) == 1
    none = read(await client.get("Patient?_id=none", headers=TAKES), 200, "Bundle")
    assert none["total"] == 0 and "entry" not in none


async def test_the_statement_says_so(client: httpx.AsyncClient) -> None:
    statement = read(await client.get("metadata", headers=TAKES), 200, "CapabilityStatement")
    assert {"xml", XML, "json", "application/fhir+json"} <= set(statement["format"])
    assert XML in statement["patchFormat"]


async def test_a_transaction_is_xml_both_ways(client: httpx.AsyncClient) -> None:
    entry = (
        '<entry><fullUrl value="urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"/><resource>{}</resource>'
        '<request><method value="POST"/><url value="Patient"/></request></entry>'
    ).format(PATIENT.replace(f" {NS}", ""))
    body = f'<Bundle {NS}><type value="transaction"/>{entry}</Bundle>'
    [told] = read(await client.post("", content=body, headers=BOTH), 200, "Bundle")["entry"]
    assert told["response"]["status"] == "201 Created"
    stored = await client.get(told["response"]["location"], headers={"Accept": "application/fhir+json"})
    assert resource(stored)["name"][0]["family"] == "Muster"


async def test_operations_take_parameters_in_xml(client: httpx.AsyncClient) -> None:
    inner = PATIENT.replace(f" {NS}", "").replace('<given value="Eva"/>', "") + "</resource></parameter></Parameters>"
    body = f'<Parameters {NS}><parameter><name value="resource"/><resource>{inner}'
    told = read(await client.post("Patient/$validate", content=body, headers=BOTH), 200, "OperationOutcome")
    assert told["issue"][0]["severity"] == "information"
    wrong = PATIENT.replace("</Patient>", '<birthDate value="soon"/></Patient>')
    [issue] = read(await client.post("Patient/$validate", content=wrong, headers=BOTH))["issue"]
    assert issue["expression"] == ["Patient.birthDate"]
    for inner, expression in (
        ("<nme/>", "Patient.nme"),
        ('<name><given value=""/></name>', "Patient.name[0].given[0]"),
    ):
        [issue] = read(await client.post("$validate", content=f"<Patient {NS}>{inner}</Patient>", headers=BOTH))[
            "issue"
        ]
        assert (issue["severity"], issue["expression"]) == ("error", [expression])
    refused(await client.post("$validate", content=f"<Patient {NS}>", headers=BOTH), 400, "structure")


async def test_a_batch_tells_the_outcome_of_each_entry(client: httpx.AsyncClient) -> None:
    entry = '<entry><request><method value="GET"/><url value="Patient/{}"/></request></entry>'
    body = f'<Bundle {NS}><type value="batch"/>{entry.format("none")}{entry.format("?_count=1")}</Bundle>'
    missing, found = read(await client.post("", content=body.replace("/?", "?"), headers=BOTH))["entry"]
    assert missing["response"]["outcome"]["issue"][0]["code"] == "not-found"
    assert found["resource"]["type"] == "searchset"


async def test_a_fhirpath_patch_may_be_xml(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    parts = "".join(
        f'<part><name value="{name}"/><value{type_} value="{value}"/></part>'
        for name, type_, value in (
            ("type", "Code", "add"),
            ("path", "String", "Patient"),
            ("name", "String", "birthDate"),
            ("value", "Date", "1970-01-01"),
        )
    )
    body = f'<Parameters {NS}><parameter><name value="operation"/>{parts}</parameter></Parameters>'
    assert read(await client.patch("Patient/p1", content=body, headers=BOTH))["birthDate"] == "1970-01-01"
    refused(await client.patch("Patient/p1", content="<Parameters/>", headers=BOTH), 400, "structure")


async def test_minimal_and_unchanged_answers_have_no_body(client: httpx.AsyncClient) -> None:
    made = await client.post("Patient", content=PATIENT, headers=BOTH | {"Prefer": "return=minimal"})
    assert (made.status_code, made.content) == (201, b"")
    told = await client.post("Patient", content=PATIENT, headers=BOTH | {"Prefer": "return=OperationOutcome"})
    read(told, 201, "OperationOutcome")
    kept = await client.get(made.headers["location"], headers=TAKES | {"If-None-Match": 'W/"1"'})
    assert (kept.status_code, kept.content, kept.headers["vary"]) == (304, b"", "Accept")


async def test_head_says_what_get_would(client: httpx.AsyncClient, patient: Make) -> None:
    await client.put("Patient/p1", json=patient(id="p1"))
    for path in (
        "Patient/p1",
        "Patient/p1/_history/1",
        "Patient?_id=p1",
        "Patient/p1/_history",
        "_history",
        "metadata",
    ):
        for accept in (XML, "application/fhir+json"):
            got, head = [await client.request(m, path, headers={"Accept": accept}) for m in ("GET", "HEAD")]
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-type"] == got.headers["content-type"]
            assert head.headers.get("etag") == got.headers.get("etag")
    missing = await client.head("Patient/none", headers=TAKES)
    assert (missing.status_code, missing.content) == (404, b"")


@pytest.mark.parametrize("accept", ["*/*", ""])
async def test_who_speaks_xml_and_has_no_preference_is_answered_in_xml(client: httpx.AsyncClient, accept: str) -> None:
    headers = {"Content-Type": XML, "Accept": accept}
    made = await client.post("Patient", content=b'<Patient xmlns="http://hl7.org/fhir"/>', headers=headers)
    assert made.status_code == 201 and made.headers["content-type"].startswith(XML)
    bad = b'<Patient xmlns="http://hl7.org/fhir"><active value="x"/></Patient>'
    refused(await client.post("Patient", content=bad, headers=headers), 422, "structure")
    asked = await client.get(f"{made.headers['location']}?_format=json", headers=headers)
    assert resource(asked)["resourceType"] == "Patient"
    plain = await client.get("Patient", headers=headers)
    assert plain.headers["content-type"].startswith("application/fhir+json")


async def test_errors_come_in_the_format_asked_for(client: httpx.AsyncClient, deployment: Deployment) -> None:
    refused(await client.get("Patient/none", headers=TAKES), 404, "not-found")
    refused(await client.get("Patient/none?_format=xml"), 404, "not-found")
    refused(await client.get("Nonsense/1", headers=TAKES), 404, "not-supported")
    refused(await client.get("a/b/c/d/e/f", headers=TAKES), 404, "not-found")
    refused(await client.request("LINK", "Patient/1", headers=TAKES), 405, "not-supported")
    refused(await client.get("Patient?nonsense=1", headers=TAKES), 400, "not-supported")
    refused(
        await client.post("Patient", content="x", headers=TAKES | {"Content-Type": "text/plain"}), 415, "not-supported"
    )
    refused(await client.post("Patient", content=b" " * (deployment.max_body + 1), headers=BOTH), 413, "too-long")
    gender = PATIENT.replace("</Patient>", '<gender value="odd"/></Patient>')
    issue = refused(await client.post("Patient", content=gender, headers=BOTH), 422, "code-invalid")
    assert issue["expression"] == ["Patient.gender"]


async def test_who_may_not_ask_is_told_in_the_format_asked_for(store: Store) -> None:
    app = create(Deployment(store, "1", tokens=("secret",), hosts=frozenset({"gateway"})))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/") as client:
        told = await client.get("Patient", headers=TAKES)
        refused(told, 401, "login")
        assert told.headers["www-authenticate"].startswith("Bearer")
        refused(await client.get("Patient", headers=TAKES | {"Host": "evil.example"}), 421, "security")
        outcome(await client.get("Patient", headers={"Accept": "image/png"}), 401, "login")


async def test_where_no_format_is_agreed_upon_the_answer_is_json(client: httpx.AsyncClient) -> None:
    for query in ("?_format=ttl", "?_format=html", "?_format=application/fhir%2Bxml;fhirVersion=5.0"):
        outcome(await client.get(f"Patient{query}", headers=TAKES), 406, "not-supported")
    outcome(await client.get("Patient", headers={"Accept": "text/turtle"}), 406, "not-supported")
    made = await client.post("Patient", content=PATIENT, headers=SENDS | {"Accept": "text/html"})
    outcome(made, 406, "not-supported")
    assert "entry" not in (await client.get("Patient")).json()


@pytest.mark.parametrize(
    ("body", "expression"),
    [
        ("<Patient/>", None),
        (f"<Patient {NS}><nme/></Patient>", "Patient.nme"),
        (f'<Patient {NS}><active value="true"/><id value="x"/></Patient>', "Patient.id"),
        (f'<Patient {NS}><name><given value=""/></name></Patient>', "Patient.name[0].given[0]"),
        (f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><Patient {NS}><id value="&e;"/></Patient>', None),
        (f'<Patient {NS}><id value="\xff"/></Patient>'.encode("latin-1"), "Patient"),
        (f"<Patient {NS}>".encode("utf-16"), None),
        ("", None),
        ("{}", None),
    ],
)
async def test_what_is_no_xml_of_r4_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, body: str | bytes, expression: str | None
) -> None:
    issue = refused(await client.post("Patient", content=body, headers=BOTH), 400, "structure")
    assert issue.get("expression") in (None, [""]) if expression is None else issue["expression"] == [expression]
    assert "entry" not in (await client.get("Patient")).json()


async def test_r4b_is_taken_for_r4(client: httpx.AsyncClient) -> None:
    version = "; fhirVersion=4.3"
    headers = {"Content-Type": XML + version, "Accept": XML + version}
    made = await client.post("Patient", content=PATIENT, headers=headers)
    assert (made.status_code, made.headers["content-type"]) == (201, f"{XML}{version}; charset=utf-8")
    told = await client.get("Patient", headers={"Accept": "application/fhir+json; fhirVersion=4.3.0"})
    assert told.headers["content-type"] == f"application/fhir+json{version}; charset=utf-8"
    json = {"Content-Type": "application/fhir+json; fhirVersion=4.3.0"}
    citation = {"resourceType": "Citation", "status": "active"}  # new in R4B
    assert (await client.post("$validate", json=citation, headers=json)).json()["issue"][0]["severity"] == "error"
    outcome(
        await client.post("Patient", content=b"{}", headers={"Content-Type": "application/fhir+json; fhirVersion=5.0"}),
        415,
    )
    outcome(await client.get("Patient", headers={"Accept": "application/fhir+json; fhirVersion=3.0"}), 406)


@pytest.fixture
async def lenient(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = create(Deployment(store, "1", strictness="lenient"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/") as client:
        yield client


async def test_what_a_lenient_gateway_holds_is_still_well_formed(lenient: httpx.AsyncClient) -> None:
    odd = {"resourceType": "Patient", "id": "p1", "nme": 1, "gender": "odd", "name": "x", "text": {"div": "</div><b"}}
    assert (await lenient.put("Patient/p1", json=odd)).status_code == 201
    found = read(await lenient.get("Patient/p1?_format=xml"))
    assert found["gender"] == "odd" and "nme" not in found


async def test_the_root_is_answered_with_and_without_a_slash(client: httpx.AsyncClient) -> None:
    body = f'<Bundle {NS}><type value="batch"/></Bundle>'
    for url in ("http://gateway/fhir", "http://gateway/fhir/"):
        assert (await client.post(url, content=body, headers=BOTH)).status_code == 200
        assert (await client.get(f"{url}?_type=Patient", headers=TAKES)).status_code == 200
        asked = await client.options(url)
        assert (asked.status_code, asked.content) == (204, b"")
        assert {"GET", "HEAD", "POST"} <= {method.strip() for method in asked.headers["allow"].split(",")}
        wrong = await client.delete(url)
        outcome(wrong, 405)
        assert "POST" in wrong.headers["allow"]


PIECES = st.sampled_from(
    ["<name>", "</name>", '<given value="x"/>', "<!--", "-->", "&lt;", "&x;", "\x00", "é", "<?p?>", '"']
)
PATHS = st.sampled_from(
    ["Patient", "Patient/p1", "", "$validate", "Patient/$validate", "Binary", "Patient?_format=xml"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PATHS, st.sampled_from(["POST", "PUT", "PATCH"]), st.integers(0, len(PATIENT)), st.integers(0, 9), PIECES)
async def test_whatever_arrives_the_answer_is_never_a_500(
    app: FastAPI, path: str, method: str, at: int, cut: int, piece: str
) -> None:
    body = PATIENT[:at] + piece + PATIENT[at + cut :]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway/fhir/") as client:
        told = await client.request(method, path, content=body.encode(), headers=BOTH)
    assert told.status_code < 500
    if told.content:
        xml.parse(told.content)


MASKED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}
ELEMENT = (
    '<given><extension url="http://hl7.org/fhir/StructureDefinition/data-absent-reason">'
    '<valueCode value="masked"/></extension></given>'
)
BARE = '<div xmlns="http://www.w3.org/1999/xhtml">'


async def test_a_repeating_primitive_without_a_value_has_one_form(client: httpx.AsyncClient) -> None:
    sent = f'<Practitioner {NS}><id value="x"/><name>{ELEMENT}</name></Practitioner>'
    read(await client.put("Practitioner/x", content=sent, headers=BOTH), 201)
    stored = (await client.get("Practitioner/x")).json()
    assert stored["name"] == [{"given": [None], "_given": [MASKED]}]
    for names in ({"given": [None], "_given": [MASKED]}, {"_given": [MASKED]}):
        again = {"resourceType": "Practitioner", "id": "x", "name": [names]}
        assert resource(await client.put("Practitioner/x", json=again)) == stored
    assert resource(await client.get("Practitioner/x/_history"))["total"] == 1


@pytest.mark.parametrize(
    "members",
    [
        {"name": [{"given": [None], "_given": [MASKED]}]},
        {"name": [{"_given": [MASKED]}]},
        {"name": [{"given": ["Eva", None], "_given": [None, MASKED]}]},
        {"name": [{"given": ["Eva"], "_given": [None]}]},
        {"name": [{"text": " two  words\n"}], "_birthDate": MASKED},
        {"text": {"status": "generated", "div": f"{BARE}a&#160;b<br/></div>"}},
    ],
)
async def test_what_was_read_as_xml_can_be_put_back_without_a_new_version(
    client: httpx.AsyncClient, members: dict[str, Any]
) -> None:
    first = await client.put("Patient/x", json={"resourceType": "Patient", "id": "x", **members})
    assert first.status_code == 201, first.text
    shown = await client.get("Patient/x", headers=TAKES)
    again = await client.put("Patient/x", content=shown.content, headers=BOTH)
    assert (again.status_code, again.headers["etag"]) == (200, 'W/"1"')
    assert (await client.get("Patient/x")).content == first.content
