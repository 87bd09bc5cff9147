"""Searches on a real replica set: criteria, chains, includes."""

from contextlib import suppress

import pytest

from gateway import errors
from gateway.search.query import parse
from gateway.store import Store, Write
from tests.store.searching import HOSPITAL, found, ids, observation, patient, put


async def test_a_deleted_resource_is_not_found(store: Store) -> None:
    await put(store, *HOSPITAL)
    await store.commit(Write("Patient", "b", None, "api"))
    assert ids(await found(store, "Patient", "")) == ["a", "c"]
    assert ids(await found(store, "Patient", "_id=a,b")) == ["a"]
    assert ids(await found(store, "Patient", "name=bebel")) == []


async def test_criteria_are_joined_by_and_values_by_or(hospital: Store) -> None:
    assert ids(await found(hospital, "Observation", "patient=a&code=http://loinc.org|8480-6&date=ge2024-02")) == ["2"]
    assert ids(await found(hospital, "Observation", "patient=a,b&date=2024-01,2024-02&_sort=_id")) == ["1", "3"]


async def test_a_chain_leads_through_the_resources_it_names(hospital: Store) -> None:
    assert ids(await found(hospital, "Observation", "subject:Patient.name=bebel")) == ["3"]
    assert ids(await found(hospital, "Observation", "patient.organization.name=ward&_sort=_id")) == ["1", "2"]
    assert ids(await found(hospital, "Observation", "patient.name=nobody")) == []


async def test_has_finds_what_others_refer_to(hospital: Store) -> None:
    assert ids(await found(hospital, "Patient", "_has:Observation:patient:date=ge2024-02&_sort=_id")) == ["a", "b"]
    assert ids(
        await found(hospital, "Organization", "_has:Patient:organization:_has:Observation:subject:code=8480-6")
    ) == ["ward"]
    assert ids(await found(hospital, "Patient", "_has:Observation:patient:code=1-1")) == []


@pytest.mark.parametrize(
    ("type_", "query", "expected"),
    [
        ("Observation", "patient.name:contains=bel", ["1", "2", "3"]),
        ("Observation", "patient.name:contains=bel&_sort=-date&_count=2", ["2", "3"]),
        ("Observation", "patient.organization.name=ward", ["1", "2"]),
        ("Observation", "subject:Patient._has:Observation:patient:code=8480-6", ["1", "2", "3"]),
        ("Patient", "_has:Observation:patient:code=8480-6", ["a", "b"]),
        ("Organization", "_has:Patient:organization:_has:Observation:subject:code=8480-6", ["ward"]),
    ],
)
async def test_chains_through_many_resources_find_the_same(
    hospital: Store, monkeypatch: pytest.MonkeyPatch, type_: str, query: str, expected: list[str]
) -> None:
    sorted_ = query if "_sort" in query else f"{query}&_sort=_id"
    for many in (10_000, 0):  # 0: the pointers of all candidates are followed
        monkeypatch.setattr("gateway.store.find.chains.MANY", many)
        assert ids(await found(hospital, type_, sorted_)) == expected
        assert (await found(hospital, type_, f"{query}&_summary=count")).total == (
            3 if "_count" in query else len(expected)
        )


async def test_last_updated_sorts_and_filters(store: Store) -> None:
    for name in "xyz":
        await put(store, patient(name))
    page = await found(store, "Patient", "_sort=-_lastUpdated")
    moments = [stored.updated for stored in page.entries]
    assert moments == sorted(moments, reverse=True)
    newest = moments[0].isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert set(ids(await found(store, "Patient", f"_lastUpdated=ge{newest}"))) == {
        stored.id for stored in page.entries if stored.updated >= moments[0]
    }
    assert ids(await found(store, "Patient", f"_lastUpdated=gt{newest}")) == []


async def test_includes_come_once_and_apart_from_the_matches(hospital: Store) -> None:
    page = await found(hospital, "Observation", "code=8480-6&_include=Observation:subject&_sort=_id")
    assert ids(page) == ["1", "2", "3"]
    assert sorted(one.id for one in page.included) == ["a", "b"]
    assert page.total == 3


@pytest.mark.parametrize(
    ("query", "included"),
    [
        ("_include=Observation:patient", ["a", "b"]),
        ("_include=Observation:subject:Group", []),
        ("_include=Observation:*", ["a", "b"]),
        ("_include=*", ["a", "b"]),
        ("_include=Patient:organization", []),
        ("_include=Observation:subject&_include:iterate=Patient:organization", ["a", "b", "ward"]),
    ],
)
async def test_include_follows_what_it_names(hospital: Store, query: str, included: list[str]) -> None:
    page = await found(hospital, "Observation", query)
    assert sorted(one.id for one in page.included) == included


async def test_revinclude_adds_what_refers_to_the_matches(hospital: Store) -> None:
    page = await found(
        hospital, "Patient", "_id=a&_revinclude=Observation:patient&_revinclude=Observation:subject:Group"
    )
    assert sorted(one.id for one in page.included) == ["1", "2"]


async def test_includes_beyond_all_measure_come_on_further_pages(
    hospital: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await found(hospital, "Patient", "_revinclude=Observation:subject")
    monkeypatch.setattr("gateway.store.find.included._MOST_RESOURCES", 2)
    matches, includes, query = list[str](), list[str](), "_revinclude=Observation:subject"
    page = await found(hospital, "Patient", query)
    while True:
        assert len(page.entries) + len(page.included) <= 3
        matches += [one.id for one in page.entries]
        includes += [one.id for one in page.included]
        if page.next is None:
            break
        page = await found(hospital, "Patient", f"{query}&_page={page.next}")
    assert sorted(matches) == sorted(one.id for one in whole.entries)
    assert sorted(includes) == sorted(one.id for one in whole.included)


async def test_all_types_are_searched_at_once(hospital: Store) -> None:
    assert len((await found(hospital, None, "")).entries) == 8
    assert ids(await found(hospital, None, "_type=Organization")) == ["ward"]
    assert ids(await found(hospital, None, "_id=ward,1&_sort=_id")) == ["1", "ward"]


async def test_matches_gives_ids_for_conditions(hospital: Store) -> None:
    assert sorted(await hospital.resources.matches(parse("Patient", [("name:contains", "bel")]), 2)) != []
    assert await hospital.resources.matches(parse("Patient", [("name", "abel")])) == ["a"]
    assert await hospital.resources.matches(parse("Observation", [("patient.name", "bebel")])) == ["3"]


@pytest.mark.parametrize("text", ['{"$gt":""}', "$where", ".*", "^", "a|b", "\\,", "(((", "[q-", "\\\\Q", "\U0010ffff"])
@pytest.mark.parametrize(
    "parameter", ["name", "name:exact", "name:contains", "identifier", "organization", "_id", "_profile"]
)
async def test_text_that_looks_like_an_operator_is_only_text(hospital: Store, parameter: str, text: str) -> None:
    with suppress(errors.BadRequest):  # an id has no `|`
        assert ids(await found(hospital, "Patient", f"{parameter}={text}")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("_id:not=a", ["b", "c"]),
        ("_id:missing=true", []),
        ("_lastUpdated:missing=false&_sort=_id", ["a", "b", "c"]),
        ("organization:missing=true&_sort=_id", ["b", "c"]),
        ("birthdate=ne1960", ["a"]),
        ("birthdate=ap1959", ["b"]),
        ("phonetic=abel", ["a"]),
    ],
)
async def test_what_is_not_there_can_be_asked_for(hospital: Store, query: str, expected: list[str]) -> None:
    assert ids(await found(hospital, "Patient", query)) == expected


async def test_chains_over_one_reference_ask_for_one_resource(store: Store) -> None:
    await put(
        store,
        patient("xf", name=[{"family": "X"}], gender="female"),
        patient("xm", name=[{"family": "X"}], gender="male"),
    )
    await put(store, patient("yf", name=[{"family": "Y"}], gender="female"))
    await put(store, *(observation(f"o-{one}", f"Patient/{one}") for one in ("xf", "xm", "yf")))
    both = "patient.family=x&patient.gender=female"
    assert ids(await found(store, "Observation", both)) == ["o-xf"]
    assert ids(await found(store, "Observation", f"{both}&subject:Patient.gender:not=female")) == []
    members = [{"entity": {"reference": f"Patient/{one}"}} for one in ("xm", "yf")]
    await put(store, {"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members})
    either = "member:Patient.family=x&member:Patient.gender=female"
    assert ids(await found(store, "Group", either)) == ["g"]  # one member is an X, another female
