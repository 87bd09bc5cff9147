"""The rules between the entries of a transaction, without a database."""

from typing import Any

import pytest

from gateway.api.bundles.entry_intents import (
    EntryIntent,
    create_again_what_is_deleted,
    repeated_conditions,
    share_creates,
)
from gateway.api.call.call import Call
from gateway.api.interactions.intent import Create, Delete, Intent, Nothing, Put, Reuse
from gateway.fhir import bundle
from gateway.search.query import parse
from gateway.store.layout.records import Condition

BASE = "http://gateway/fhir"
EVA: dict[str, Any] = {"resourceType": "Patient", "name": [{"family": "Muster"}]}
ONE, TWO = (("identifier", "http://a.example|1"),), (("identifier", "http://a.example|2"),)


def condition(criteria: Any = ONE, *expected: str) -> Condition:
    return Condition(parse("Patient", criteria), expected, met_by_resource=True)


def item(index: int, method: str, intent: Intent, **asked: Any) -> EntryIntent:
    raw = {"request": {"method": method, "url": "Patient"}, **({"resource": EVA} if method != "DELETE" else {})}
    call = Call(BASE, method, "Patient", resource=EVA if method != "DELETE" else None, **asked)
    return EntryIntent(bundle.entry(index, raw, BASE), call, intent)


def create(index: int, id_: str, criteria: Any = ONE) -> EntryIntent:
    text = "&".join("=".join(pair) for pair in criteria)
    return item(index, "POST", Create("Patient", id_, EVA, condition(criteria)), if_none_exist=text)


def reuse(index: int, id_: str) -> EntryIntent:
    return item(index, "POST", Reuse("Patient", id_, condition(ONE, id_)), query=ONE)


def put_by_query(index: int, id_: str, *expected: str, criteria: Any = ONE) -> EntryIntent:
    return item(index, "PUT", Put("Patient", id_, EVA, 0, condition(criteria, *expected)), query=criteria)


def delete(index: int, id_: str) -> EntryIntent:
    return item(index, "DELETE", Delete("Patient", id_), id=id_)


def test_creates_under_one_condition_share_the_first() -> None:
    intents = [create(0, "a"), create(1, "b", TWO), create(2, "c"), item(3, "POST", Create("Patient", "d", EVA))]
    shared = list(share_creates(intents))
    assert [entry.intent.id for entry in shared] == ["a", "b", "a", "d"]
    assert shared[2].intent == Reuse("Patient", "a")
    assert [entry.writes for entry in shared] == [True, True, False, True]


def test_a_condition_is_the_same_in_the_url_and_in_the_header() -> None:
    in_url = item(1, "POST", Create("Patient", "b", EVA, condition()), query=ONE)
    assert [entry.intent.id for entry in share_creates([create(0, "a"), in_url])] == ["a", "a"]


def test_a_create_does_not_reuse_what_the_transaction_deletes() -> None:
    intents = [reuse(0, "old"), delete(1, "old"), reuse(2, "other")]
    again = list(create_again_what_is_deleted(intents, {0: "new", 2: "unused"}))
    assert again[0].intent == Create("Patient", "new", EVA, condition(ONE, "old"))
    assert again[1:] == intents[1:]


def test_two_creates_of_what_is_deleted_share_the_first() -> None:
    intents = [reuse(0, "old"), delete(1, "old"), reuse(2, "old")]
    shared = list(share_creates(create_again_what_is_deleted(intents, {0: "new", 2: "newer"})))
    assert [entry.intent.id for entry in shared] == ["new", "old", "new"]


@pytest.mark.parametrize(
    ("intents", "faulty"),
    [
        ([put_by_query(0, "a"), put_by_query(1, "b")], [1]),
        ([create(0, "a"), put_by_query(1, "b")], [1]),
        ([put_by_query(0, "a"), put_by_query(1, "b", criteria=TWO)], []),
        ([put_by_query(0, "a", "a"), put_by_query(1, "b")], []),
        ([create(0, "a"), create(1, "b")], []),
        ([create(0, "a"), item(1, "PUT", Put("Patient", "b", EVA), id="b")], []),
    ],
)
def test_an_update_must_not_match_what_another_entry_creates(intents: list[EntryIntent], faulty: list[int]) -> None:
    expressions = [issue.expression for issue in repeated_conditions(intents)]
    assert expressions == [f"Bundle.entry[{index}].request.url" for index in faulty]


def test_what_writes_and_what_is_stored() -> None:
    nothing = item(0, "DELETE", Nothing("Patient"), id="x")
    assert (nothing.writes, nothing.resource) == (False, None)
    assert (delete(0, "a").writes, delete(0, "a").resource, delete(0, "a").key) == (True, None, "Patient/a")
    assert (create(0, "a").writes, create(0, "a").resource, create(0, "a").key) == (True, EVA, "Patient/a")
