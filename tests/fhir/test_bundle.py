"""Planning of batch and transaction Bundles."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest, GatewayError, NotFound, NotSupported
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry, Target

BASE = "http://localhost/fhir"


def request(method: str, url: str, resource: Any = None, **more: str) -> dict[str, Any]:
    full_url = more.pop("fullUrl", None)
    raw: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    return {**raw, **({"fullUrl": full_url} if full_url else {}), **({"resource": resource} if resource else {})}


def entry(method: str, url: str, resource: Any = None, index: int = 0, **more: str) -> Entry:
    return bundle.parse_entry(index, request(method, url, resource, **more), BASE)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("Patient", Target("Patient", "Patient")),
        ("/Patient/", Target("Patient", "Patient")),
        ("Patient/1", Target("Patient/1", "Patient", "1")),
        ("Patient?name=x&active=true", Target("Patient", "Patient", query="name=x&active=true")),
        ("Patient/1/_history", Target("Patient/1/_history", "Patient", "1", ("_history",))),
        ("Patient/1/_history/2", Target("Patient/1/_history/2", "Patient", "1", ("_history", "2"))),
        ("Patient/_history?_count=1", Target("Patient/_history", "Patient", "", ("_history",), "_count=1")),
        ("_history", Target("_history", beyond=("_history",))),
        ("?_lastUpdated=gt2020", Target(query="_lastUpdated=gt2020")),
        ("metadata", Target("metadata", beyond=("metadata",))),
        ("Patient/_search?name=x", Target("Patient/_search", "Patient", "", ("_search",), "name=x")),
        ("Patient/1/$everything", Target("Patient/1/$everything", "Patient", "1", ("$everything",))),
        (f"{BASE}/Patient/1", Target("Patient/1", "Patient", "1")),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: Target) -> None:
    assert bundle.parse_target(url, BASE) == expected


def test_operations_are_told_by_their_last_part() -> None:
    called = ("Patient/1/$everything", "$meta", "Patient/_search", "metadata", "Patient/1/_history/2/$meta")
    assert all(bundle.parse_target(url).operation for url in called)
    assert not any(bundle.parse_target(url).operation for url in ("Patient", "Patient/1", "Patient/1/_history", ""))


def test_a_url_that_means_nothing_here_is_refused() -> None:
    with pytest.raises(BadRequest):
        bundle.parse_target("http://elsewhere/fhir/Patient/1", BASE)


@given(st.text())
def test_any_url_is_read_or_refused(url: str) -> None:
    with contextlib.suppress(BadRequest):
        assert isinstance(bundle.parse_target(url, BASE), Target)


@pytest.mark.parametrize("type_", ["searchset", "collection", "document", None, 5, []])
def test_only_batches_and_transactions_are_requests(type_: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        bundle.request_entries({"resourceType": "Bundle", "type": type_})
    assert caught.value.issues[0].expression == "Bundle.type"


def test_an_entry_keeps_its_conditions() -> None:
    found = entry("PUT", "Patient/1", {"resourceType": "Patient", "id": "1"}, ifMatch='W/"3"', fullUrl="urn:uuid:1")
    assert (found.target.id, found.if_match, found.full_url) == ("1", 'W/"3"', "urn:uuid:1")


@pytest.mark.parametrize(
    ("raw", "expression"),
    [
        (None, "Bundle.entry[4].request"),
        ({}, "Bundle.entry[4].request"),
        ({"request": []}, "Bundle.entry[4].request"),
        (request("GET", ""), "Bundle.entry[4].request.url"),
        (request("TRACE", "Patient"), "Bundle.entry[4].request.method"),
        ({"request": {"method": {}, "url": "Patient"}}, "Bundle.entry[4].request.method"),
        ({**request("PUT", "Patient/1"), "resource": []}, "Bundle.entry[4].resource"),
        ({"request": {"method": "DELETE", "url": "Patient/1", "ifMatch": 3}}, "Bundle.entry[4].request.ifMatch"),
        ({"fullUrl": 3, "request": {"method": "DELETE", "url": "Patient/1"}}, "Bundle.entry[4].fullUrl"),
    ],
)
def test_a_broken_entry_is_refused_by_the_name_of_its_element(raw: Any, expression: str) -> None:
    with pytest.raises(BadRequest) as caught:
        bundle.parse_entry(4, raw, BASE)
    assert [issue.expression for issue in caught.value.issues] == [expression]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["request", "method", "url", "resource", "fullUrl", "ifMatch"]) | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
)


@given(json_values)
def test_any_json_is_read_as_an_entry_or_refused(raw: Any) -> None:
    try:
        bundle.parse_entry(0, raw, BASE)
    except BadRequest as error:
        assert all(issue.expression.startswith("Bundle.entry[0].") for issue in error.issues)


def test_entries_are_processed_in_the_order_that_the_standard_sets() -> None:
    patient = {"resourceType": "Patient", "id": "1"}
    entries = [
        entry("GET", "Patient/1", index=0),
        entry("PUT", "Patient/1", patient, index=1),
        entry("POST", "Patient", patient, index=2),
        entry("DELETE", "Patient/2", index=3),
        entry("POST", "Patient", patient, index=4),
    ]
    assert [item.index for item in bundle.transaction_order(entries)] == [3, 2, 4, 1, 0]


def test_a_reference_follows_the_full_url_to_the_new_id() -> None:
    patient = entry("POST", "Patient", {"resourceType": "Patient"}, fullUrl="urn:uuid:1")
    new = bundle.replacement(patient, bundle.new_addresses([(patient, "Patient/new", True)]))
    assert (new("urn:uuid:1"), new("urn:uuid:1#part"), new("urn:uuid:2")) == ("Patient/new", "Patient/new#part", None)


def test_a_reference_to_a_version_is_one_to_the_version_that_is_created() -> None:
    patient = entry("POST", "Patient", {"resourceType": "Patient"}, fullUrl="http://a.example/r4/Patient/1")
    there = entry("PUT", "Patient/2", {"resourceType": "Patient", "id": "2"}, fullUrl="http://a.example/r4/Patient/2")
    moved = bundle.new_addresses([(patient, "Patient/new", True), (there, "Patient/2", True)])
    new = bundle.replacement(patient, moved)
    assert new("http://a.example/r4/Patient/1/_history/7") == new("Patient/1/_history/7") == "Patient/new/_history/1"
    assert new("Patient/2/_history/7") is None
    met = bundle.replacement(patient, bundle.new_addresses([(patient, "Patient/old", False)]))
    assert met("http://a.example/r4/Patient/1/_history/7") == "Patient/old"


def test_a_relative_reference_counts_from_the_root_of_its_own_entry() -> None:
    patient = entry("POST", "Patient", {"resourceType": "Patient"}, fullUrl="http://a.example/r4/Patient/1")
    here = entry("POST", "Observation", {"resourceType": "Observation"}, fullUrl="http://a.example/r4/Observation/7")
    there = entry("POST", "Observation", {"resourceType": "Observation"}, fullUrl="http://b.example/Observation/7")
    moved = bundle.new_addresses([(patient, "Patient/new", True)])
    assert bundle.replacement(here, moved)("Patient/1") == "Patient/new"
    assert bundle.replacement(there, moved)("Patient/1") is None


def test_writing_one_resource_twice_is_a_clash() -> None:
    first, second = (entry("DELETE", "Patient/1", index=index) for index in (0, 1))
    [issue] = bundle.clashes([(first, "Patient/1"), (second, "Patient/1")])
    assert issue.expression == "Bundle.entry[1].request.url"


def test_two_resources_under_one_full_url_are_a_clash() -> None:
    first, second = (
        entry("POST", "Patient", {"resourceType": "Patient"}, index=index, fullUrl="urn:uuid:1") for index in (0, 1)
    )
    [issue] = bundle.clashes([(first, "Patient/a"), (second, "Patient/b")])
    assert issue.expression == "Bundle.entry[1].fullUrl"


def test_entries_that_meet_nothing_do_not_clash() -> None:
    first, second = (entry("DELETE", "Patient?identifier=1", index=index) for index in (0, 1))
    assert not bundle.clashes([(first, ""), (second, "")])


def test_an_error_keeps_its_class_and_status_when_it_is_named() -> None:
    error = bundle.place_error(NotFound("gone missing"), "Bundle.entry[2]")
    assert isinstance(error, NotFound)
    assert error.issues[0].expression == "Bundle.entry[2].request.url"
    assert isinstance(bundle.place_error(NotSupported("x"), "y"), GatewayError)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_resource_that_is_null_is_named(method: str) -> None:
    url = "Patient" if method == "POST" else "Patient/1"
    with pytest.raises(BadRequest, match="resource is null") as caught:
        bundle.parse_entry(3, {"request": {"method": method, "url": url}, "resource": None}, "http://a/fhir")
    assert caught.value.issues[0].expression == "Bundle.entry[3].resource"


@pytest.mark.parametrize("id_", [".", ".."])
def test_an_id_that_means_another_address_is_none(id_: str) -> None:
    assert not bundle.is_id(id_) and bundle.is_id(f"{id_}a") and bundle.is_id("...")
