"""The pure parts: conflicts, identity, marks, pages, waves, logical references."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import fhir_json
from gateway.fhir.bundle import is_id
from gateway.store.layout.records import Link, Linked, Stored
from gateway.sync import conflicts, identity, pull_position
from gateway.sync.client import PartnerError
from gateway.sync.identity import Origin
from gateway.sync.logical import to_literal, to_logical
from gateway.sync.outbox import OutboxItem, waves
from gateway.sync.page import Event, page, replies
from gateway.sync.partners import Partner
from gateway.sync.pull_position import PullPosition
from gateway.sync.report import Report

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NORTH = Partner("north", "http://north/fhir", ("Patient",), site="here")


def stored(version: int, *, deleted: bool = False, id_: str = "1") -> Stored:
    return Stored("Patient", id_, version, NOW, deleted, b"" if deleted else b"{}", "api")


def linked(remote: str, local: int) -> Linked:
    return Linked(Link("north", "Patient", "7", remote), "Patient", "1", local)


@pytest.mark.parametrize(
    ("remote", "link", "local", "echo", "same", "decision"),
    [
        ("1", None, None, False, False, "store"),
        ("1", linked("1", 4), stored(4), False, False, "unchanged"),
        ("1", linked("1", 4), stored(9), False, False, "unchanged"),
        ("2", linked("1", 4), stored(4), False, False, "store"),
        ("2", linked("1", 4), stored(5), False, False, "conflict"),
        ("2", linked("1", 4), stored(5), False, True, "link"),
        ("2", linked("1", 4), stored(5, deleted=True), False, False, "conflict"),
        ("2", linked("1", 5), stored(5, deleted=True), False, False, "store"),
        ("1", None, stored(3), True, True, "link"),
        ("1", None, stored(3), True, False, "link"),
        ("2", None, stored(3), True, False, "conflict"),
        ("1", None, stored(3, deleted=True), True, False, "unchanged"),
        ("1", None, stored(3, deleted=True), False, False, "store"),
        ("1", None, stored(3), False, False, "conflict"),
    ],
)
def test_what_arrives_is_judged_by_who_has_changed(
    remote: str, link: Linked | None, local: Stored | None, echo: bool, same: bool, decision: str
) -> None:
    assert conflicts.arrival(remote, link, local, echo=echo, same=lambda: same) == decision


@pytest.mark.parametrize(
    ("link", "local", "decision"),
    [
        (None, stored(1), "create"),
        (None, stored(2, deleted=True), "nothing"),
        (linked("1", 2), stored(2), "nothing"),
        (linked("1", 2), stored(3), "update"),
        (linked("1", 2), stored(3, deleted=True), "delete"),
        (linked("1", 3), stored(3, deleted=True), "nothing"),
    ],
)
def test_what_departs_is_what_the_partner_does_not_have(link: Linked | None, local: Stored, decision: str) -> None:
    assert conflicts.departure(link, local) == decision


def test_a_removal_there_meets_a_change_here() -> None:
    assert conflicts.removal(linked("1", 2), stored(2)) == "store"
    assert conflicts.removal(linked("1", 2), stored(3)) == "conflict"
    assert conflicts.removal(None, stored(3)) == "unchanged"
    assert conflicts.removal(linked("1", 2), stored(3, deleted=True)) == "unchanged"


# --- identity


@given(st.text("abcXYZ0123456789.-", min_size=1, max_size=64), st.text("abc-", min_size=1, max_size=9))
def test_made_ids_are_the_same_every_time_and_differ_between_partners(id_: str, name: str) -> None:
    made = identity.local_id(name, "Patient", id_)
    assert made == identity.local_id(name, "Patient", id_) and is_id(made)
    assert made != identity.local_id(name + "x", "Patient", id_)
    assert made != identity.local_id(name, "Practitioner", id_)


def travel(resource: dict[str, Any]) -> dict[str, Any]:
    origin = Origin("north", "Patient", "7", "3")
    return identity.arriving(resource, NORTH, "made", origin, lambda type_, id_, version: f"{type_}/mine-{id_}")


def test_arriving_rewrites_relative_and_the_partners_absolute_references_only() -> None:
    resource = {
        "resourceType": "Patient",
        "id": "7",
        "meta": {"versionId": "3", "profile": ["http://p"]},
        "generalPractitioner": [
            {"reference": "Practitioner/2"},
            {"reference": "http://north/fhir/Practitioner/3"},
            {"reference": "http://elsewhere/fhir/Practitioner/4"},
            {"reference": "#c"},
            {"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
        ],
        "contained": [{"resourceType": "Practitioner", "id": "c"}],
    }
    moved = travel(resource)
    assert [one["reference"] for one in moved["generalPractitioner"]] == [
        "Practitioner/mine-2",
        "Practitioner/mine-3",
        "http://elsewhere/fhir/Practitioner/4",
        "#c",
        "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    ]
    assert moved["id"] == "made" and moved["meta"]["source"] == "http://north/fhir/Patient/7/_history/3"
    assert identity.origins(moved) == {"north": Origin("north", "Patient", "7", "3")}
    assert resource["id"] == "7" and "source" not in resource["meta"]  # type: ignore[operator]


def test_a_source_that_is_there_is_kept_and_so_are_the_tags_of_other_stations() -> None:
    other = {"system": identity.SYSTEM, "version": "1", "code": "far/Patient/1"}
    own = {"system": identity.SYSTEM, "version": "1", "code": "here/Patient/1"}
    meta = {"source": "urn:ehr", "tag": [other, own, {"code": "x"}]}
    moved = travel({"resourceType": "Patient", "id": "7", "meta": meta})
    assert moved["meta"]["source"] == "urn:ehr"
    assert moved["meta"]["tag"] == [other, {"code": "x"}, Origin("north", "Patient", "7", "3").tag]


def test_there_and_back_the_content_is_the_same() -> None:
    first = {"resourceType": "Patient", "id": "1", "meta": {"security": [{"code": "R"}]}, "name": [{"family": "Ω"}]}
    sent = identity.departing(first, NORTH, None, Origin("here", "Patient", "1", "2"), lambda *_: None)
    assert "id" not in sent and identity.origins(sent)["here"].version == "2"
    assert identity.content(travel({**sent, "id": "7"})) == identity.content(first)


@pytest.mark.parametrize(
    "meta", [None, [], "x", {"tag": "x"}, {"tag": [None, {"system": identity.SYSTEM}]}, {"source": ["a"]}]
)
def test_a_broken_meta_breaks_nothing(meta: Any) -> None:
    resource = {"resourceType": "Patient", "id": "7", "meta": meta}
    assert identity.origins(resource) == {} and identity.version_of(resource).startswith("sha256-")
    assert identity.origins(travel(resource))["north"].id == "7"


# --- logical references


def test_a_loosened_reference_is_tightened_at_home_only() -> None:
    resource = {"resourceType": "Observation", "encounter": {"reference": "Encounter/1", "display": "d"}}
    sent = to_logical(resource, {"Encounter/1"}, "here")
    assert sent["encounter"]["identifier"]["value"] == "here/Encounter/1" and "reference" not in sent["encounter"]
    assert to_literal(sent, "here") == resource and to_literal(sent, "there") == sent


# --- marks


def at(second: int) -> dict[str, Any]:
    return {"meta": {"lastUpdated": f"2026-01-01T00:00:{second:02}+00:00"}}


def test_a_mark_moves_with_the_pages_and_the_cursor_only_at_the_end() -> None:
    later = NOW + timedelta(hours=1)
    first = PullPosition(cursor="2026-01-01T00:00:01.000Z").after([at(5), at(9)], "next-2", later)
    assert (first.cursor, first.next, first.high) == ("2026-01-01T00:00:01.000Z", "next-2", "2026-01-01T00:00:09.000Z")
    assert first.since(4) == "2026-01-01T00:00:05.000Z"
    assert first.after([], None, later).finished() == PullPosition(cursor="2026-01-01T00:00:09.000Z")
    assert (
        pull_position.load(first.record("b"), "b") == first
        and pull_position.load(first.record("b"), "other") == PullPosition()
    )


def test_pages_out_of_order_are_no_place_to_go_on_from() -> None:
    jumbled = PullPosition(cursor="2026-01-01T00:00:01.000Z").after([at(9), at(5)], "next", NOW + timedelta(hours=1))
    assert jumbled.restarted().since(0) == "2026-01-01T00:00:01.000Z"
    assert jumbled.finished().cursor == "2026-01-01T00:00:09.000Z"


def test_a_time_in_the_future_does_not_hide_what_is_to_come() -> None:
    future = {"meta": {"lastUpdated": "2099-01-01T00:00:00Z"}}
    assert PullPosition().after([future], None, NOW).finished().cursor == pull_position.text(NOW)


def test_resources_without_a_usable_time_leave_no_cursor() -> None:
    odd = [{}, {"meta": None}, {"meta": {"lastUpdated": "yesterday"}}]
    assert PullPosition().after(odd, None, NOW).finished() == PullPosition()


# --- pages


def test_a_page_keeps_the_bytes_of_its_matches_and_its_next_link() -> None:
    body = (
        b'\xef\xbb\xbf{"total":0,"entry":[{"resource":{"a":1.00}},{"search":{"mode":"outcome"},"resource":{}},{}],'
        b'"link":[{"relation":"self","url":"s"},{"relation":"next","url":"n"}],"resourceType":"Bundle"}'
    )
    got = page(body)
    assert (got.resources, got.next, got.events) == ([b'{"a":1.00}'], "n", [])


def test_a_history_says_what_was_deleted() -> None:
    entries = [
        {"fullUrl": "http://x/fhir/Patient/1", "request": {"method": "DELETE", "url": "Patient/1"}},
        {"fullUrl": "http://x/fhir/Patient/2", "request": {"method": "POST", "url": "Patient"}},
    ]
    got = page(fhir_json.dump({"resourceType": "Bundle", "entry": entries}))
    assert got.events == [Event("Patient", "1", True), Event("Patient", "2", False)]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"resourceType":"OperationOutcome"}', b"\xff"])
def test_what_is_no_bundle_is_the_partners_error(body: bytes) -> None:
    with pytest.raises(PartnerError):
        page(body)


def test_replies_are_read_from_any_status_line() -> None:
    entries = [{"response": {"status": "201 Created", "etag": 'W/"1"'}}, {"response": {"status": "oops"}}, {}]
    assert [one.status for one in replies(fhir_json.dump({"resourceType": "Bundle", "entry": entries}))] == [201, 0, 0]


# --- waves


def item(id_: str, *targets: str, link: Linked | None = None, action: Any = "create") -> OutboxItem:
    return OutboxItem(action, stored(1, id_=id_), link, {}, frozenset(("Patient", one) for one in targets))


def test_targets_go_before_what_refers_to_them_and_deletions_last() -> None:
    items = {one.key: one for one in (item("a", "b"), item("b", "c"), item("x", action="delete"), item("c"), item("d"))}
    assert [[one.stored.id for one in wave] for wave in waves(items)] == [["c", "d"], ["b"], ["a"], ["x"]]


def test_what_the_partner_knows_is_not_waited_for_and_circles_end() -> None:
    known = item("b", "a", link=linked("1", 1), action="update")
    assert [len(wave) for wave in waves({one.key: one for one in (item("a", "b"), known)})] == [1, 1]
    assert [len(wave) for wave in waves({one.key: one for one in (item("a", "b"), item("b", "a"))})] == [2]


def test_a_report_is_plain_json() -> None:
    report = Report("north", pulled=3).finish()
    assert report.ok and report.json["pulled"] == 3 and "started" not in report.json
    assert fhir_json.dump(report.json)
