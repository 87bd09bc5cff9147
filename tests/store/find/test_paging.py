"""Order, pages and totals."""

import pytest
from bson import Timestamp

from gateway import errors
from gateway.search.compile.plan import plan_search
from gateway.search.query import parse
from gateway.store import Store, Write
from gateway.store.find.paging import Position, decode, encode
from tests.store.searching import all_pages, found, ids, observation, patient, put


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
    order = plan_search(query).order
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


async def test_a_chain_through_many_comes_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, also what points to several of them, and also when the last portion is all the rest."""
    monkeypatch.setattr("gateway.store.find.resolved._POINTERS_AT_ONCE", 2)
    monkeypatch.setattr("gateway.store.find.resolved._PORTIONS", 3)
    await put(store, *(patient(f"p{n}", name=[{"family": "Same"}]) for n in range(9)))
    days = {n: f"2024-01-{n + 1:02}" for n in range(20)}
    await put(store, *(observation(f"o{n}", f"Patient/p{n % 9}", effectiveDateTime=day) for n, day in days.items()))
    members = [{"entity": {"reference": f"Patient/p{n}"}} for n in (0, 3, 8)]
    await put(store, {"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members})
    pages = await all_pages(store, "Observation", "patient.family=same&_count=3")
    seen = [one for page in pages for one in page]
    assert sorted(seen) == sorted({f"o{n}" for n in range(20)})
    assert {len(page) for page in pages[:-1]} == {3}
    groups = await all_pages(store, "Group", "member:Patient.family=same&_count=1")
    assert [one for page in groups for one in page] == ["g"]
    counted = await found(store, "Observation", "patient.family=same&_count=3&_total=accurate")
    assert counted.total == 20


@pytest.mark.parametrize("values", [(), (1, "Patient/nobody"), (1, "Organization/ward"), (1, 2)])
async def test_a_position_among_includes_that_was_made_up_is_refused(
    hospital: Store, values: tuple[object, ...]
) -> None:
    """Only the store gives positions out, and yet anybody can write one."""
    query = parse("Patient", [("_revinclude", "Observation:subject"), ("birthdate", "gt1900")])
    first = parse("Patient", [*query.used, ("_count", "1")])
    page = await hospital.resources.search(first)
    assert page.next is not None
    time = decode(page.next, first, plan_search(first).order).time
    made_up = encode(Position(time, values, included=""), query)
    with pytest.raises(errors.BadRequest, match="does not continue this search"):
        await hospital.resources.search(parse("Patient", [*query.used, ("_page", made_up)]))
