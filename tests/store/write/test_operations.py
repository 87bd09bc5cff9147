"""Decisions become database operations, collection by collection."""

from datetime import UTC, datetime
from typing import Any

from pymongo import DeleteOne

from gateway.mapping import Projection
from gateway.store import Link, Write
from gateway.store.layout.records import Stored
from gateway.store.write.decide import Decided, decide, prepare
from gateway.store.write.operations import Operations
from tests.store.resources import Things, patient

AT = datetime(2026, 1, 1, tzinfo=UTC)
CURRENT: dict[str, Any] = {
    "_id": "Patient/a",
    "t": "Patient",
    "i": "a",
    "v": 1,
    "u": AT,
    "x": False,
    "o": "api",
    "b": b"{}",
}


def decided(write: Write, current: dict[str, Any] | None = None) -> Decided:
    return decide(prepare(write, Things()), current, AT)


def write(content: dict[str, Any] | None, **options: Any) -> Write:
    return Write("Patient", "a", None if content is None else patient("a", **content), "api", **options)


def operations(
    *decisions: Decided, seq: int = 10, replace_foreign: bool = False, **state: Any
) -> tuple[Operations, int]:
    gathered = Operations(replace_foreign=replace_foreign)
    return gathered, gathered.add(decisions, state, seq)


def test_a_create_inserts_the_resource_its_change_and_its_document() -> None:
    gathered, seq = operations(decided(write({"n": 1})))
    assert seq == 11
    assert {name: len(documents) for name, documents in gathered.inserts.items()} == {
        "feed": 1,
        "resources": 1,
        "things": 1,
    }
    assert gathered.inserts["feed"] == [
        {"_id": 11, "t": "Patient", "i": "a", "v": 1, "a": "create", "u": AT, "o": "api"}
    ]
    assert gathered.inserts["resources"][0]["m"] == ["things"]
    assert gathered.inserts["things"][0]["n"] == 1
    assert not gathered.replacements and not gathered.deletions


def test_a_create_by_put_is_told_as_such_in_the_feed_and_an_update_is_not() -> None:
    gathered, _ = operations(decided(write({}, by_put=True)))
    assert gathered.inserts["feed"][0]["p"] is True
    gathered, _ = operations(decided(write({"active": True}, by_put=True), CURRENT))
    assert "p" not in gathered.inserts["feed"][0]


def test_an_update_keeps_the_version_before_and_replaces_the_resource() -> None:
    gathered, _ = operations(decided(write({"n": 2}), {**CURRENT, "m": ["things"]}))
    assert gathered.inserts["versions"] == [{**CURRENT, "_id": "Patient/a/1"}]
    assert [document["v"] for document in gathered.replacements["resources"]] == [2]
    assert [document["fhir"]["version"] for document in gathered.replacements["things"]] == [2]
    assert "things" not in gathered.inserts


def test_a_document_that_is_no_longer_made_is_deleted() -> None:
    gathered, _ = operations(decided(write({}), {**CURRENT, "m": ["things"]}))
    assert gathered.deletions == {"things": [DeleteOne({"_id": "a", "fhir.type": "Patient"})]}


def test_a_deletion_removes_every_document() -> None:
    gathered, _ = operations(decided(write(None), {**CURRENT, "m": ["things", "flat"]}))
    assert {*gathered.deletions} == {"things", "flat"}
    assert gathered.replacements["resources"][0]["x"] is True


def test_documents_that_other_mappings_left_behind_are_replaced_only_when_told_so() -> None:
    gathered, _ = operations(decided(write({"n": 1})), replace_foreign=True)
    assert [document["_id"] for document in gathered.replacements["things"]] == ["a"]
    assert "things" not in gathered.inserts


def test_what_changes_nothing_takes_no_place_in_the_feed_but_keeps_its_link() -> None:
    stored = Stored("Patient", "a", 1, AT, False, b"{}", "api")
    unchanged = decided(write({}, if_absent=True, link=Link("north", "Patient", "7", "2")), CURRENT)
    gathered, seq = operations(unchanged)
    assert (seq, unchanged.result.stored) == (10, stored)
    assert [(link["_id"], link["v"]) for link in gathered.replacements["links"]] == [("north Patient/7", 1)]
    assert not gathered.inserts


def test_a_link_of_a_resource_that_never_existed_is_not_stored() -> None:
    gathered, _ = operations(decided(write(None, link=Link("north", "Patient", "7"))))
    assert not gathered.replacements


def test_values_are_stored_beside_the_writes() -> None:
    gathered, seq = operations(cursor=7)
    assert gathered.replacements["state"] == [{"_id": "cursor", "value": 7}]
    assert seq == 10


def test_positions_of_the_feed_follow_each_other() -> None:
    decisions = [decided(write({"n": number})) for number in range(3)]
    gathered, seq = operations(*decisions)
    assert [change["_id"] for change in gathered.inserts["feed"]] == [11, 12, 13]
    assert seq == 13


def test_documents_with_a_fingerprint_are_compared_with_others() -> None:
    class WithFingerprint(Things):
        def get(self, resource: Any, /) -> tuple[Projection, ...]:
            return (Projection("things", {"fingerprint": {"exact": "e"}}, "first"),)

    compared = decide(prepare(write({}), WithFingerprint()), None, AT)
    gathered, _ = operations(compared, decided(write({"n": 1})))
    assert [document["fingerprint"] for document in gathered.fingerprinted["things"]] == [{"exact": "e"}]
