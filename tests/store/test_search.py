"""Searches on a real replica set: chains, pages, order, totals, includes, and that an index serves them."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from bson import Timestamp

from gateway import errors
from gateway.search import compile as compiler
from gateway.search.query import parse
from gateway.store import Store, Write
from gateway.store.paging import Position, encode
from gateway.store.search import Page

Resource = dict[str, Any]


def patient(id_: str, **content: Any) -> Resource:
    return {"resourceType": "Patient", "id": id_, **content}


def observation(id_: str, subject: str, code: str = "8480-6", **content: Any) -> Resource:
    coding = [{"system": "http://loinc.org", "code": code}]
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": coding},
        "subject": {"reference": subject},
        **content,
    }


async def put(store: Store, *resources: Resource) -> None:
    await store.commit(*(Write(one["resourceType"], one["id"], one, "api") for one in resources))


async def found(store: Store, type_: str | None, query: str) -> Page:
    pairs = [tuple(part.split("=", 1)) for part in query.split("&") if part]
    return await store.search(parse(type_, pairs))  # type: ignore[arg-type]


def ids(page: Page) -> list[str]:
    return [stored.id for stored in page.entries]


async def all_pages(store: Store, type_: str, query: str) -> list[list[str]]:
    pages = [await found(store, type_, query)]
    while pages[-1].next:
        pages.append(await found(store, type_, f"{query}&_page={pages[-1].next}"))
    return [ids(page) for page in pages]


WARD = {"resourceType": "Organization", "id": "ward", "name": "Ward 7"}
HOSPITAL = [
    WARD,
    patient(
        "a", name=[{"family": "Abel"}], birthDate="1950-05-05", managingOrganization={"reference": "Organization/ward"}
    ),
    patient("b", name=[{"family": "Bebel"}], birthDate="1960"),
    patient("c", name=[{"family": "Cebel"}]),
    observation("1", "Patient/a", effectiveDateTime="2024-01-01"),
    observation("2", "Patient/a", effectiveDateTime="2024-03-01"),
    observation("3", "Patient/b", effectiveDateTime="2024-02-01"),
    observation("4", "Patient/gone", code="1-1"),
]


class NoMappings:
    def get(self, resource: object, /) -> None:
        return None


@pytest.fixture(scope="module")
async def hospital(mongo: str) -> AsyncIterator[Store]:
    """A few resources that no test changes."""
    async with await Store.open(mongo, "search_hospital", NoMappings()) as opened:
        await put(opened, *HOSPITAL)
        yield opened
        await opened.drop()


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


async def test_chains_that_match_too_much_are_refused(hospital: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.search.LONGEST_CHAIN", 1)
    with pytest.raises(errors.BadRequest, match="narrow"):
        await found(hospital, "Observation", "patient.name:contains=bel")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("_id", "abc"),
        ("-_id", "cba"),
        ("birthdate", "cab"),
        ("-birthdate", "bac"),
        ("family", "abc"),
        ("-family", "cba"),
        ("organization,-_id", "cba"),
        ("-organization,_id", "abc"),
        ("death-date,family", "abc"),
    ],
)
async def test_results_come_in_the_order_asked_for(hospital: Store, sort: str, order: str) -> None:
    assert ids(await found(hospital, "Patient", f"_sort={sort}")) == list(order)
    assert await all_pages(hospital, "Patient", f"_sort={sort}&_count=1") == [[one] for one in order]


async def test_without_an_order_tokens_give_the_newest_first(hospital: Store) -> None:
    assert ids(await found(hospital, "Observation", "code=http://loinc.org|8480-6")) == ["2", "3", "1"]


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


async def test_what_happens_between_two_pages_neither_shifts_nor_repeats_anything(store: Store) -> None:
    await put(store, *(patient(f"p{n:02}", birthDate=f"19{n:02}") for n in range(10, 20)))
    first = await found(store, "Patient", "_sort=birthdate&_count=4&_total=accurate")
    await put(store, patient("new", birthDate="1915-06"), patient("p16", birthDate="1900"))
    await store.commit(Write("Patient", "p15", None, "api"), Write("Patient", "p10", None, "api"))
    second = await found(store, "Patient", f"_sort=birthdate&_count=4&_total=accurate&_page={first.next}")
    third = await found(store, "Patient", f"_sort=birthdate&_count=4&_total=accurate&_page={second.next}")
    assert [ids(one) for one in (first, second, third)] == [
        ["p10", "p11", "p12", "p13"],
        ["p14", "p15", "p16", "p17"],
        ["p18", "p19"],
    ]
    assert (first.total, second.total, third.total, third.next) == (10, 10, 10, None)


async def test_resources_with_equal_sort_values_are_all_listed_once(store: Store) -> None:
    await put(store, *(patient(f"p{n}", gender="male", birthDate=f"19{50 + n % 3}") for n in range(25)))
    for sort in ("birthdate", "-birthdate", "gender,-birthdate", "_lastUpdated"):
        listed = [one for page in await all_pages(store, "Patient", f"_sort={sort}&_count=4") for one in page]
        assert sorted(listed) == sorted(f"p{n}" for n in range(25))


async def test_a_page_that_is_no_longer_kept_is_gone(hospital: Store) -> None:
    query = parse("Patient", [("_count", "1")])
    order = compiler.compile(query).order
    late = encode(Position(Timestamp(1_000_000_000, 1), tuple("Patient/a" for _ in order)), query)
    with pytest.raises(errors.Gone, match="start the search again"):
        await found(hospital, "Patient", f"_count=1&_page={late}")


@pytest.mark.parametrize("page", ["x", "!!!", "AAAA", "é", "eyJhIjoxfQ"])
async def test_a_page_nobody_gave_out_is_refused(hospital: Store, page: str) -> None:
    with pytest.raises(errors.BadRequest, match="does not continue this search"):
        await found(hospital, "Patient", f"_page={page}")


async def test_a_page_of_another_search_is_refused(hospital: Store) -> None:
    page = await found(hospital, "Patient", "_count=1")
    with pytest.raises(errors.BadRequest, match="does not continue this search"):
        await found(hospital, "Patient", f"_count=1&name=b&_page={page.next}")


@pytest.mark.parametrize(
    ("query", "entries", "total"),
    [
        ("_count=2", 2, None),
        ("_count=2&_total=accurate", 2, 3),
        ("_count=2&_total=none", 2, None),
        ("", 3, 3),
        ("_total=none", 3, None),
        ("_count=0", 0, 3),
        ("_summary=count", 0, 3),
        ("_summary=count&name=abel", 0, 1),
        ("_summary=count&name=nobody", 0, 0),
    ],
)
async def test_the_total_is_exact_or_absent(hospital: Store, query: str, entries: int, total: int | None) -> None:
    page = await found(hospital, "Patient", query)
    assert (len(page.entries), page.total) == (entries, total)


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


async def test_includes_beyond_all_measure_are_refused(hospital: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.included._MOST", 3)
    with pytest.raises(errors.BadRequest, match="smaller _count"):
        await found(hospital, "Patient", "_revinclude=Observation:subject")


async def test_all_types_are_searched_at_once(hospital: Store) -> None:
    assert len((await found(hospital, None, "")).entries) == 8
    assert ids(await found(hospital, None, "_type=Organization")) == ["ward"]
    assert ids(await found(hospital, None, "_id=ward,1&_sort=_id")) == ["1", "ward"]


async def test_matches_gives_ids_for_conditions(hospital: Store) -> None:
    assert sorted(await hospital.matches(parse("Patient", [("name:contains", "bel")]), 2)) != []
    assert await hospital.matches(parse("Patient", [("name", "abel")])) == ["a"]
    assert await hospital.matches(parse("Observation", [("patient.name", "bebel")])) == ["3"]


@pytest.mark.parametrize("text", ['{"$gt":""}', "$where", ".*", "^", "a|b", "\\,", "(((", "[a-", "\\\\E", "\U0010ffff"])
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


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("component-code-value-quantity=http://loinc.org|8480-6$gt140", ["high"]),
        ("component-code-value-quantity=8480-6$gt100", ["high", "normal"]),
        ("component-code-value-quantity=8462-4$gt140", []),
        ("component-code-value-quantity=8480-6$lt100,8462-4$85", ["normal"]),
        ("component-code-value-quantity=8480-6$gt18|http://unitsofmeasure.org|kPa", ["high"]),
        ("combo-code-value-quantity=8480-6$gt140", ["high", "single"]),
        ("code-value-quantity=8480-6$gt140", ["single"]),
        ("code-value-quantity=8462-4$gt140", []),
        ("combo-code-value-quantity:missing=true", ["text"]),
    ],
)
async def test_a_composite_holds_of_one_and_the_same_element(store: Store, query: str, expected: list[str]) -> None:
    def pressure(code: str, value: int) -> Resource:
        quantity = {"value": value, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
        return {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": quantity}

    await put(
        store,
        observation("high", "Patient/a", "85354-9", component=[pressure("8480-6", 150), pressure("8462-4", 95)]),
        observation("normal", "Patient/a", "85354-9", component=[pressure("8480-6", 120), pressure("8462-4", 85)]),
        {**observation("single", "Patient/a"), **pressure("8480-6", 160)},
        observation("text", "Patient/a", valueString="high"),
    )
    assert ids(await found(store, "Observation", f"{query}&_sort=_id")) == expected


SHAPES = [
    ("Observation", "patient=a&code=http://loinc.org|8480-6&date=ge2024"),
    ("Observation", "patient=a&code=8480-6&_sort=-date"),
    ("Observation", "code=http://loinc.org|8480-6&date=lt2024"),
    ("Observation", "date=2024-01-01"),
    ("Observation", "value-quantity=gt5|http://unitsofmeasure.org|mg"),
    ("Patient", "identifier=http://example.org|1"),
    ("Patient", "identifier=1"),
    ("Patient", "name=smi"),
    ("Patient", "name:contains=smi"),
    ("Patient", "identifier=http://example.org|"),
    ("Patient", "organization:missing=false"),
    ("Patient", "organization:missing=true"),
    ("Patient", "gender:not=male"),
    ("Observation", "date=ge2024&_sort=-date"),
    ("Observation", "value-date=2024"),
    ("Observation", "component-code-value-quantity=8480-6$gt140"),
    ("Observation", "combo-code-value-quantity=http://loinc.org|8480-6$gt140&patient=a"),
    ("Patient", "_lastUpdated=gt2024-01-01"),
    ("Patient", "_sort=-_lastUpdated"),
    ("Patient", "_id=a,b"),
    ("Patient", "_id:not=a"),
    ("Patient", ""),
    (None, ""),
    (None, "_tag=x"),
    (None, "_lastUpdated=gt2024-01-01"),
]


@pytest.mark.parametrize(("type_", "query"), SHAPES)
async def test_an_index_serves_the_search(hospital: Store, type_: str | None, query: str) -> None:
    pairs = [tuple(part.split("=", 1)) for part in query.split("&") if part]
    plan = compiler.compile(parse(type_, pairs))  # type: ignore[arg-type]
    sort = {key.field: -1 if key.descending else 1 for key in plan.order}
    explained = await hospital.database.command("explain", {"find": "resources", "filter": plan.filter(), "sort": sort})
    assert "COLLSCAN" not in str(explained["queryPlanner"]["winningPlan"])


@pytest.mark.parametrize(
    "query",
    [
        "code=http://loinc.org|8480-6",
        "status=final&patient=a&code=1",
        "date=ge2024",
        "_sort=date",
        "",
        "_sort=_lastUpdated",
    ],
)
async def test_the_index_yields_the_order_too(hospital: Store, query: str) -> None:
    pairs = [tuple(part.split("=", 1)) for part in query.split("&") if part]
    plan = compiler.compile(parse("Observation", pairs))  # type: ignore[arg-type]
    sort = {key.field: -1 if key.descending else 1 for key in plan.order}
    explained = await hospital.database.command("explain", {"find": "resources", "filter": plan.filter(), "sort": sort})
    assert "'SORT'" not in str(explained["queryPlanner"]["winningPlan"])
