"""The decision about one write, without a database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import fhir_json
from gateway.mapping import Projection
from gateway.store.layout.records import ConditionChanged, Write
from gateway.store.layout.stored import internal_document, superseded_document
from gateway.store.write.body import template
from gateway.store.write.decide import Prepared, decide, prepare, resource_document
from tests.conftest import NoMappings

THEN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.decimals(-1000, 1000, places=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3),
    max_leaves=8,
)
names = st.text(min_size=1, max_size=8).filter(lambda name: name not in ("resourceType", "id", "meta"))


@given(
    st.dictionaries(names, json_values, max_size=5),
    st.none() | st.dictionaries(st.sampled_from(["versionId", "lastUpdated", "source", "profile"]), json_values),
    st.permutations(["resourceType", "id", "meta"]),
)
def test_a_body_holds_all_that_was_sent_plus_its_version(
    content: dict[str, Any], meta: dict[str, Any] | None, order: list[str]
) -> None:
    sent = {**content, "resourceType": "Basic", "id": "other", **({} if meta is None else {"meta": meta})}
    sent = {**{name: sent[name] for name in order if name in sent}, **sent}
    body = fhir_json.parse(template(sent, "a").at(3, NOW))
    assert body.pop("meta") == {**(meta or {}), "versionId": "3", "lastUpdated": "2026-02-03T04:05:06.789Z"}
    expected = {**{name: value for name, value in sent.items() if name != "meta"}, "id": "a"}
    assert body == expected
    if meta is not None:
        assert list(body) == [name for name in sent if name != "meta"]


def test_without_id_and_meta_they_come_where_readers_expect_them() -> None:
    body = template({"resourceType": "Basic", "code": {}}, "a").at(1, NOW)
    assert list(fhir_json.parse(body)) == ["resourceType", "id", "meta", "code"]


def prepared(content: dict[str, Any] | None, *projections: Projection, **options: Any) -> Prepared:
    resource = None if content is None else {"resourceType": "Basic", **content}
    made = Write("Basic", "a", resource, "api", **options)
    if resource is None:
        return Prepared(made, "Basic/a")
    return Prepared(made, "Basic/a", template(resource, "a"), {"k": ["x"]}, lambda new: projections)


def current(content: dict[str, Any], version: int = 1, **fields: Any) -> dict[str, Any]:
    body = template({"resourceType": "Basic", **content}, "a").at(version, THEN)
    return {
        "_id": "Basic/a",
        "t": "Basic",
        "i": "a",
        "v": version,
        "u": THEN,
        "x": False,
        "b": body,
        "o": "api",
        **fields,
    }


TOMBSTONE = {"_id": "Basic/a", "t": "Basic", "i": "a", "v": 2, "u": THEN, "x": True, "o": "api"}


@pytest.mark.parametrize(
    ("write", "there", "action", "version"),
    [
        (prepared({"n": 1}), None, "create", 1),
        (prepared({"n": 1}), current({"n": 0}), "update", 2),
        (prepared({"n": 1}), current({"n": 1}), "unchanged", 1),
        (prepared({"n": 1}), TOMBSTONE, "create", 3),
        (prepared({"n": 1}, if_absent=True), current({"n": 0}), "exists", 1),
        (prepared({"n": 1}, if_absent=True), TOMBSTONE, "create", 3),
        (prepared({"n": 1}, based_on=1), current({"n": 0}), "update", 2),
        (prepared({"n": 1}, based_on=0), TOMBSTONE, "create", 3),
        (prepared({"n": 1}, based_on=0), None, "create", 1),
        (prepared(None, based_on=1), current({"n": 0}), "delete", 2),
        (prepared(None), current({"n": 0}), "delete", 2),
        (prepared(None), TOMBSTONE, "unchanged", 2),
        (prepared(None), None, "unchanged", None),
    ],
)
def test_what_is_there_decides(write: Prepared, there: dict[str, Any] | None, action: str, version: int | None) -> None:
    decided = decide(write, there, NOW)
    assert decided.result.action == action
    assert (decided.result.stored and decided.result.stored.version) == version
    assert (decided.change is None) == (action in ("unchanged", "exists"))


@pytest.mark.parametrize(
    ("based_on", "there"),
    [(0, current({"n": 0})), (1, current({"n": 0}, version=2)), (2, TOMBSTONE), (1, None)],
)
def test_what_has_changed_since_the_write_was_decided_on_refuses_it(
    based_on: int, there: dict[str, Any] | None
) -> None:
    with pytest.raises(ConditionChanged):
        decide(prepared({"n": 1}, based_on=based_on), there, NOW)


def test_the_superseded_version_keeps_its_bytes_but_not_its_search_fields() -> None:
    there = current({"n": 0}, m="basics")
    assert superseded_document(there) == {**{k: v for k, v in there.items() if k != "m"}, "_id": "Basic/a/1"}


def test_the_internal_documents_say_which_version_they_reflect_and_what_made_them() -> None:
    one = Projection("basics", {"_id": "a", "n": 1}, "0123")
    decided = decide(prepared({"n": 1}, one, Projection("flat", {"m": 2}, "4567")), None, NOW)
    new = decided.result.stored
    assert new is not None
    assert internal_document(one, new) == {
        "_id": "a",
        "n": 1,
        "fhir": {"type": "Basic", "version": 1, "updated": NOW, "origin": "api", "mapping": "0123"},
    }
    assert resource_document(decided)["m"] == ["basics", "flat"]


def test_what_reads_the_version_is_mapped_when_it_is_known() -> None:
    class Late(NoMappings):
        late = frozenset({"Basic"})

        def get(self, resource: Any, /) -> tuple[Projection, ...]:
            return (Projection("basics", resource["meta"]),)

    sent = {"resourceType": "Basic", "meta": {"versionId": "99", "lastUpdated": "1999-01-01T00:00:00Z"}}
    [made] = decide(prepare(Write("Basic", "a", sent, "api"), Late()), TOMBSTONE, NOW).projections
    assert made.document == {"versionId": "3", "lastUpdated": "2026-02-03T04:05:06.789Z"}
