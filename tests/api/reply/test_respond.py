"""Replies as HTTP responses and as entries of Bundles, without a server."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.api.protocol.negotiation import FHIR_XML, Format
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.errors import Gone, Issue
from gateway.store.layout.records import Stored

MOMENT = datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)
BODY = b'{"resourceType":"Patient","id":"p1"}'
P1 = Stored("Patient", "p1", 3, MOMENT, False, BODY, "api")
DELETED = Stored("Patient", "p1", 4, MOMENT, True, b"", "api")
LOCATION = "http://gateway/fhir/Patient/p1/_history/3"


def issues_of(body: bytes) -> list[str]:
    return [issue["diagnostics"] for issue in json.loads(body)["issue"]]


@pytest.mark.parametrize(("returns", "body"), [("", BODY), ("representation", BODY), ("minimal", b"")])
def test_a_write_answers_with_what_is_preferred(returns: str, body: bytes) -> None:
    assert respond.written(201, P1, returns, LOCATION) == Reply(201, body, P1, LOCATION)


def test_a_write_answers_with_an_outcome_and_its_warnings() -> None:
    warning = Issue("warning", "not-found", "loose", "Patient.link")
    reply = respond.written(200, P1, "OperationOutcome", LOCATION, [warning])
    assert issues_of(reply.body) == ["done", "loose"] and reply.issues[1] == warning


@pytest.mark.parametrize(
    ("tombstone", "returns", "status", "texts"),
    [
        (DELETED, "", 200, ["done"]),
        (None, "", 200, ["there was nothing to delete"]),
        (DELETED, "minimal", 204, None),
        (None, "minimal", 204, None),
    ],
)
def test_a_delete_says_whether_there_was_anything(
    tombstone: Stored | None, returns: str, status: int, texts: list[str] | None
) -> None:
    reply = respond.deleted(tombstone, returns)
    assert (reply.status, reply.stored) == (status, tombstone)
    assert (issues_of(reply.body) if reply.body else None) == texts


def test_http_has_headers_and_body() -> None:
    response = respond.http(respond.written(201, P1, "", LOCATION), Format())
    assert (response.status_code, response.body) == (201, BODY)
    assert response.headers["etag"] == 'W/"3"'
    assert response.headers["last-modified"] == "Sat, 31 Jan 2026 12:00:00 GMT"
    assert response.headers["location"] == LOCATION
    assert response.headers["content-type"] == "application/fhir+json; charset=utf-8"


def test_head_has_the_headers_of_the_body() -> None:
    response = respond.http(Reply(200, BODY, P1), Format(), head=True)
    assert (response.body, response.headers["content-length"]) == (b"", str(len(BODY)))


def test_the_format_decides_how_the_body_is_written() -> None:
    assert b'<Patient xmlns="http://hl7.org/fhir">' in respond.http(Reply(200, BODY), Format(FHIR_XML)).body
    pretty = respond.http(Reply(200, BODY), Format(pretty=True)).body
    assert pretty == b'{\n  "resourceType": "Patient",\n  "id": "p1"\n}'


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            respond.written(201, P1, "", LOCATION),
            {
                "resource": {"resourceType": "Patient", "id": "p1"},
                "response": {
                    "status": "201 Created",
                    "location": LOCATION,
                    "etag": 'W/"3"',
                    "lastModified": "2026-01-31T12:00:00.500Z",
                },
            },
        ),
        (Reply(304, stored=None), {"response": {"status": "304 Not Modified"}}),
        (
            Reply(200, BODY, etag='W/"a"'),
            {"resource": json.loads(BODY), "response": {"status": "200 OK", "etag": 'W/"a"'}},
        ),
        (respond.deleted(None, "minimal"), {"response": {"status": "204 No Content"}}),
    ],
)
def test_an_entry_says_the_same(reply: Reply, expected: dict[str, Any]) -> None:
    assert json.loads(respond.entry_of(reply)) == expected


def test_the_outcome_of_an_entry_stands_beside_its_status() -> None:
    entry = json.loads(respond.entry_of(respond.failure(Gone("deleted", expression="Bundle.entry[1].request.url"))))
    assert entry["response"]["status"] == "410 Gone" and "resource" not in entry
    assert entry["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].request.url"]


def test_entries_are_joined_in_order() -> None:
    entries = [respond.entry(f"http://a/{number}", BODY, search={"mode": "match"}) for number in range(3)]
    bundle = json.loads(respond.bundle("searchset", entries, total=3, link=None))
    assert (bundle["type"], bundle["total"], "link" in bundle) == ("searchset", 3, False)
    assert [entry["fullUrl"] for entry in bundle["entry"]] == ["http://a/0", "http://a/1", "http://a/2"]
    assert "entry" not in json.loads(respond.bundle("searchset", []))


def test_a_problem_names_fields_and_paths() -> None:
    issues = [
        Issue("error", "invalid", "wrong", "names.family"),
        Issue("error", "invalid", "odd", "Patient.name"),
        Issue("warning", "invalid", "hm", "Patient.name"),
        Issue("error", "invalid", "nowhere"),
    ]
    problem = json.loads(respond.problem(422, "not valid", issues).body)
    assert problem["errors"] == [{"field": "names.family", "text": "wrong"}, {"path": "Patient.name", "text": "odd"}]
    assert (problem["title"], problem["status"]) == ("not valid", 422)
