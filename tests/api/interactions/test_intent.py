"""The rules of writes (https://hl7.org/fhir/R4/http.html) as a table of cases, without a database."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway import errors
from gateway.api.call.call import Call
from gateway.api.interactions.intent import (
    UNCONDITIONAL,
    Create,
    Delete,
    Intent,
    Nothing,
    Put,
    Reuse,
    Situation,
    check_request,
    current_id,
    intent,
    patched_version,
)
from gateway.search.query import parse
from gateway.store.layout.records import Condition, ConditionChanged, Stored, Write

BASE = "http://gateway/fhir"
MOMENT = datetime(2026, 1, 31, tzinfo=UTC)
CRITERIA = (("identifier", "http://a.example|1"),)
QUERY = parse("Patient", CRITERIA)
EVA: dict[str, Any] = {"resourceType": "Patient", "name": [{"family": "Muster"}]}
P1 = {**EVA, "id": "p1"}
V3 = Stored("Patient", "p1", 3, MOMENT, False, b"{}", "api")
DELETED = replace(V3, version=4, deleted=True, body=b"")


def call(method: str, **asked: Any) -> Call:
    return Call(BASE, method, "Patient", **asked)


def create(**asked: Any) -> Call:
    return call("POST", **{"resource": EVA, **asked})


def put(**asked: Any) -> Call:
    return call("PUT", **{"id": "p1", "resource": P1, **asked})


def put_by_query(**asked: Any) -> Call:
    return call("PUT", **{"query": CRITERIA, "resource": EVA, **asked})


def patch(**asked: Any) -> Call:
    """With the patched resource, as `intent` gets it."""
    return call("PATCH", **{"id": "p1", "resource": P1, "change": lambda resource: resource, **asked})


def delete(**asked: Any) -> Call:
    return call("DELETE", **{"id": "p1", **asked})


def delete_by_query(**asked: Any) -> Call:
    return call("DELETE", query=CRITERIA, **asked)


def matched(current: Stored | None = None) -> Situation:
    return Situation(QUERY, "p1", current)


NO_MATCH = Situation(QUERY)
MATCHES_P1 = Condition(QUERY, ("p1",))
MATCHES_NOTHING_ELSE = Condition(QUERY, (), met_by_resource=True)
MATCHES_ONLY_P1 = Condition(QUERY, ("p1",), met_by_resource=True)


@pytest.mark.parametrize(
    ("asked", "situation", "expected"),
    [
        (create(), UNCONDITIONAL, Create("Patient", "new", EVA)),
        (create(resource=P1), UNCONDITIONAL, Create("Patient", "new", P1)),
        (create(if_match='W/"9"', if_none_match="*"), UNCONDITIONAL, Create("Patient", "new", EVA)),
        (create(if_none_exist="x"), NO_MATCH, Create("Patient", "new", EVA, MATCHES_NOTHING_ELSE)),
        (create(if_none_exist="x"), matched(V3), Reuse("Patient", "p1", MATCHES_ONLY_P1, V3)),
        (put(), UNCONDITIONAL, Put("Patient", "p1", P1)),
        (put(if_match='W/"3"'), Situation(current=V3), Put("Patient", "p1", P1, based_on=3)),
        (put(if_match='W/"2", W/"3"'), Situation(current=V3), Put("Patient", "p1", P1, based_on=3)),
        (put(if_match="*"), Situation(current=V3), Put("Patient", "p1", P1, based_on=3)),
        (put(if_none_match="*"), UNCONDITIONAL, Put("Patient", "p1", P1, based_on=0)),
        (put(if_none_match="*"), Situation(current=DELETED), Put("Patient", "p1", P1, based_on=0)),
        (put_by_query(), NO_MATCH, Put("Patient", "new", EVA, 0, MATCHES_NOTHING_ELSE)),
        (put_by_query(resource=P1), NO_MATCH, Put("Patient", "p1", P1, 0, MATCHES_NOTHING_ELSE)),
        (put_by_query(), matched(), Put("Patient", "p1", EVA, None, MATCHES_ONLY_P1)),
        (put_by_query(resource=P1), matched(), Put("Patient", "p1", P1, None, MATCHES_ONLY_P1)),
        (put_by_query(if_match='W/"3"'), matched(V3), Put("Patient", "p1", EVA, 3, MATCHES_ONLY_P1)),
        (put_by_query(if_none_match="*"), NO_MATCH, Put("Patient", "new", EVA, 0, MATCHES_NOTHING_ELSE)),
        (patch(), Situation(current=V3), Put("Patient", "p1", P1, based_on=3, by_put=False)),
        (patch(if_match='W/"3"'), Situation(current=V3), Put("Patient", "p1", P1, based_on=3, by_put=False)),
        (patch(id="", query=CRITERIA), matched(V3), Put("Patient", "p1", P1, 3, MATCHES_P1, by_put=False)),
        (delete(), UNCONDITIONAL, Delete("Patient", "p1")),
        (delete(if_match='W/"3"'), Situation(current=V3), Delete("Patient", "p1", based_on=3)),
        (delete(if_none_match="*"), UNCONDITIONAL, Delete("Patient", "p1")),
        (delete(id="not_an_id"), UNCONDITIONAL, Nothing("Patient")),
        (delete_by_query(), NO_MATCH, Nothing("Patient")),
        (delete_by_query(), matched(), Delete("Patient", "p1", None, MATCHES_P1)),
        (delete_by_query(if_match="*"), matched(V3), Delete("Patient", "p1", 3, MATCHES_P1)),
    ],
)
def test_what_a_write_does(asked: Call, situation: Situation, expected: Intent) -> None:
    assert intent(asked, situation, "new") == expected


@pytest.mark.parametrize(
    ("asked", "situation", "error", "text"),
    [
        (create(if_none_exist="x"), matched(DELETED), ConditionChanged, "deleted meanwhile"),
        (create(if_none_exist="x"), matched(None), ConditionChanged, "deleted meanwhile"),
        (put(if_match='W/"2"'), Situation(current=V3), errors.PreconditionFailed, "Patient/p1 is now at version 3"),
        (put(if_match='W/"x"'), Situation(current=V3), errors.PreconditionFailed, "is now at version 3"),
        (put(if_match='W/"1"'), UNCONDITIONAL, errors.PreconditionFailed, "Patient/p1 does not exist"),
        (put(if_match="*"), Situation(current=DELETED), errors.PreconditionFailed, "does not exist"),
        (put(if_none_match="*"), Situation(current=V3), errors.PreconditionFailed, "Patient/p1 exists"),
        (put_by_query(if_none_match="*"), matched(V3), errors.PreconditionFailed, "Patient/p1 exists"),
        (put_by_query(resource={**EVA, "id": "p2"}), matched(), errors.BadRequest, "another id than the body"),
        (put_by_query(resource=P1), Situation(QUERY, "", V3), errors.Conflict, "does not match the query"),
        (put_by_query(if_match='W/"1"'), NO_MATCH, errors.PreconditionFailed, "does not exist"),
        (patch(), UNCONDITIONAL, errors.NotFound, "Patient/p1 is not known"),
        (patch(), Situation(current=DELETED), errors.Gone, "Patient/p1 is deleted"),
        (patch(if_match='W/"2"'), Situation(current=V3), errors.PreconditionFailed, "is now at version 3"),
        (patch(id="", query=CRITERIA), NO_MATCH, errors.NotFound, "matches nothing"),
        (delete(if_match='W/"2"'), Situation(current=V3), errors.PreconditionFailed, "is now at version 3"),
        (delete(id="not_an_id", if_match="*"), UNCONDITIONAL, errors.PreconditionFailed, "does not exist"),
        (delete_by_query(if_match='W/"1"'), NO_MATCH, errors.PreconditionFailed, "such a Patient does not exist"),
    ],
)
def test_what_is_refused(asked: Call, situation: Situation, error: type[errors.GatewayError], text: str) -> None:
    with pytest.raises(error, match=text):
        intent(asked, situation, "new")


@pytest.mark.parametrize(
    ("asked", "expression"),
    [
        (put(resource=EVA), "Patient.id"),
        (put(resource={**EVA, "id": "p2"}), "Patient.id"),
        (put(id="a_b", resource={**EVA, "id": "a_b"}), ""),
        (put(id=".", resource={**EVA, "id": "."}), ""),
        (put_by_query(resource={**EVA, "id": "a_b"}), "Patient.id"),
        (put_by_query(resource={**EVA, "id": 7}), "Patient.id"),
        (put(resource=None), ""),
        (put(if_match="!"), ""),
        (put(if_none_match='W/"1"'), ""),
        (delete(if_match="a b"), ""),
    ],
)
def test_what_is_wrong_whatever_is_stored(asked: Call, expression: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        check_request(asked)
    assert caught.value.issues[0].expression == expression


@pytest.mark.parametrize(
    "asked",
    [
        create(),
        create(if_match="!"),
        put(),
        put_by_query(),
        put_by_query(resource=P1),
        patch(if_none_match='W/"1"'),
        delete(if_none_match='W/"1"'),
    ],
)
def test_what_may_be_right(asked: Call) -> None:
    check_request(asked)


@pytest.mark.parametrize(
    ("asked", "criteria"),
    [
        (create(), None),
        (create(query=(("_summary", "true"),)), None),
        (create(query=CRITERIA), CRITERIA),
        (create(query=CRITERIA, if_none_exist="name=x"), (("name", "x"),)),
        (create(if_none_exist="Patient?name=x"), (("name", "x"),)),
        (create(if_none_exist="?name=x"), (("name", "x"),)),
        (create(if_none_exist=f"{BASE}/Patient?name=x"), (("name", "x"),)),
        (Call(BASE, "POST", "Binary", query=(("name", "scan.pdf"),)), None),
        (put(query=CRITERIA), None),
        (put_by_query(), CRITERIA),
        (put_by_query(query=()), ()),
        (delete_by_query(), CRITERIA),
        (patch(id="", query=CRITERIA), CRITERIA),
    ],
)
def test_which_search_is_the_condition(asked: Call, criteria: Any) -> None:
    assert asked.criteria == criteria


@pytest.mark.parametrize(
    ("asked", "match", "id_"),
    [
        (create(), "", ""),
        (create(if_none_exist="x"), "", ""),
        (create(if_none_exist="x"), "p9", "p9"),
        (put(), "", ""),
        (put(if_match='W/"1"'), "", "p1"),
        (put(if_none_match="*"), "", "p1"),
        (put_by_query(), "", ""),
        (put_by_query(resource=P1), "", "p1"),
        (put_by_query(), "p9", ""),
        (put_by_query(if_match="*"), "p9", "p9"),
        (patch(), "", "p1"),
        (delete(), "", ""),
        (delete(if_match="*"), "", "p1"),
        (delete_by_query(), "p9", ""),
    ],
)
def test_only_what_a_rule_needs_is_read(asked: Call, match: str, id_: str) -> None:
    assert current_id(asked, match) == id_


def test_a_plain_write_looks_nothing_up() -> None:
    assert not any(asked.is_conditional for asked in (create(), put(), delete()))
    assert all(asked.is_conditional for asked in (create(query=CRITERIA), put_by_query(), patch(), put(if_match="*")))


def test_a_patch_applies_to_the_live_version() -> None:
    assert patched_version(patch(), Situation(current=V3)) is V3


@pytest.mark.parametrize(
    ("decided", "write"),
    [
        (Create("Patient", "a", EVA, MATCHES_P1), Write("Patient", "a", EVA, "api", condition=MATCHES_P1)),
        (Put("Patient", "a", EVA, 2), Write("Patient", "a", EVA, "api", based_on=2, by_put=True)),
        (Put("Patient", "a", EVA, 0, by_put=False), Write("Patient", "a", EVA, "api", based_on=0)),
        (Delete("Patient", "a", 2, MATCHES_P1), Write("Patient", "a", None, "api", based_on=2, condition=MATCHES_P1)),
    ],
)
def test_what_the_store_is_to_commit(decided: Create | Put | Delete, write: Write) -> None:
    assert decided.write == write
