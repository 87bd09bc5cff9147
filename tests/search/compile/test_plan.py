"""From a query to a filter and an order."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from gateway.search.compile.alternatives import any_of
from gateway.search.compile.plan import Plan, plan_search
from gateway.search.query import parse
from gateway.search.types import date, number


def plan(type_: str | None, *pairs: tuple[str, str]) -> Plan:
    return plan_search(parse(type_, list(pairs)))


def conditions(type_: str, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [filter_ for _, filter_ in plan(type_, *pairs).conditions]


def test_criteria_on_one_array_do_not_overwrite_each_other() -> None:
    filter_ = plan("Observation", ("category", "s|b"), ("code", "s|a")).match()
    rest = {"$nor": [{"$nor": [{"k": "category|b|s"}]}]}
    assert filter_ == {"t": "Observation", "$and": [{"k": "code|a|s"}, rest]}  # what was deleted has no tokens


@pytest.mark.parametrize("pairs", list(permutations([("status", "final"), ("code", "s|a"), ("patient", "1")])))
def test_the_patient_chooses_the_range_of_the_index_however_it_is_asked(pairs: Any) -> None:
    first, *others = plan("Observation", *pairs).match()["$and"]
    assert first == {"k": "subject|Patient/1"}
    assert all("$nor" in other for other in others)


def test_exact_values_become_one_in() -> None:
    assert conditions("Observation", ("combo-code", "s|a,s|b")) == [
        {"k": {"$in": ["code|a|s", "component-code|a|s", "code|b|s", "component-code|b|s"]}}
    ]


def test_ranges_and_exact_values_stay_alternatives() -> None:
    (condition,) = conditions("Observation", ("code", "s|a,b"))
    assert condition["$or"][0] == {"k": "code|a|s"}
    assert "$elemMatch" in condition["$or"][1]["k"]


def test_a_code_of_an_implied_system_is_found_with_and_without_it() -> None:
    written = conditions("Patient", ("gender", "http://hl7.org/fhir/administrative-gender|male"))
    assert written == [{"k": {"$in": ["gender|male|http://hl7.org/fhir/administrative-gender", "gender|male|"]}}]
    assert conditions("Patient", ("gender", "http://other|male")) == [{"k": "gender|male|http://other"}]


def test_not_takes_all_values_together() -> None:
    assert conditions("Patient", ("gender:not", "|male,|female")) == [
        {"$nor": [{"k": {"$in": ["gender|male|", "gender|female|"]}}]}
    ]


def test_a_date_must_match_within_one_entry() -> None:
    (condition,) = conditions("Encounter", ("date", "2020"))
    assert set(condition["d"]["$elemMatch"]) == {"p", "lo", "hi"}


def test_the_main_date_bounds_the_token_index_where_that_is_implied() -> None:
    assert "at" in conditions("Observation", ("date", "lt2020"))[0]
    assert "at" not in conditions("Observation", ("date", "ge2020"))[0]
    assert "at" not in conditions("Observation", ("value-date", "lt2020"))[0]
    assert "$gte" not in conditions("Observation", ("date", "2020"))[0]["at"]  # a Timing has many


def test_a_search_without_criteria_is_a_range_of_keys() -> None:
    assert plan("Patient").match() == {"t": "Patient", "_id": {"$gt": "Patient/", "$lt": "Patient0"}, "x": False}
    assert plan(None).match() == {"x": False}


@pytest.mark.parametrize(
    ("pairs", "fields"),
    [
        ((), [("_id", False)]),
        ((("code", "s|a"),), [("at", True), ("_id", True)]),
        ((("code", "a"), ("patient", "1")), [("at", True), ("_id", True)]),
        ((("date", "2020"),), [("at", True), ("_id", True)]),
        ((("value-string", "a"),), [("at", True), ("_id", True)]),
        ((("_sort", "date"),), [("at", False), ("_id", False)]),
        ((("_sort", "-_lastUpdated"),), [("u", True), ("_id", True)]),
        (
            (("_sort", "date,-date,_lastUpdated"), ("_sort", "-_lastUpdated")),
            [("at", False), ("u", False), ("_id", False)],
        ),
        ((("_sort", "-_id,date"),), [("_id", True), ("at", False)]),
        ((("_sort", "status"),), [("s0", False), ("_id", False)]),
    ],
)
def test_the_order_always_ends_with_something_unique(pairs: Any, fields: list[tuple[str, bool]]) -> None:
    assert [(key.field, key.descending) for key in plan("Observation", *pairs).order] == fields


def test_no_alternative_is_no_match() -> None:
    assert any_of([{"k": {"$in": []}}]) == {"k": {"$in": []}}


@pytest.mark.parametrize(
    ("written", "lo", "hi"),
    [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "95", "105"),
        ("gt5.4", "5.4", "5.4"),
        ("ap50", "45", "55"),
    ],
)
def test_a_number_means_what_its_digits_leave_open(written: str, lo: str, hi: str) -> None:
    """The examples of https://hl7.org/fhir/R4/search.html#number"""
    _, low, high = number.parse("x", written)
    assert (f"{low.normalize():f}", f"{high.normalize():f}") == (lo, hi)


@pytest.mark.parametrize("written", ["184.34043378700804", "27.901085378370308", "0.1", "-196.07372903948422", "1e40"])
def test_a_number_is_found_as_it_is_written_whatever_a_double_can_tell(written: str) -> None:
    stored = number.double(Decimal(written))
    bounds = number.comparison(*number.parse("x", written))
    assert bounds["lo"]["$gte"] <= stored <= bounds["hi"]["$lte"]


def test_a_plus_lost_in_the_url_is_understood() -> None:
    assert date.parse("date", "2020-01-01T00:00:00 02:00") == date.parse("date", "2020-01-01T00:00:00+02:00")


def test_ids_say_their_types_so_that_no_type_is_combined_with_each_id() -> None:
    assert plan(None, ("_id", "a")).match().keys() == {"x", "$and"}
    assert "t" in plan(None, ("_lastUpdated", "2020")).match()
    assert "t" in plan(None, ("_id:not", "a")).match()


def test_a_search_by_date_is_read_in_parts_that_leave_nothing_out() -> None:
    recent, days, long = plan("Observation", ("date", "ge2024-01-01")).eras()
    since, day = 1_704_067_200_000_000, 86_400_000_000
    assert recent["$and"][-1] == {"at": {"$gte": since - day}}
    assert days["$and"][0] == {"k": "~days"}
    assert days["$and"][-1] == {"at": {"$gte": since - 40 * day, "$lt": since - day}}
    assert long["$and"][0] == {"k": "~long"} and long["$and"][-1] == {"at": {"$lt": since - day}}


def test_the_latest_of_several_dates_divides_the_search() -> None:
    both = plan("Observation", ("date", "ge2020"), ("date", "ge2024-01-01")).eras()
    assert both[0]["$and"][-1] == plan("Observation", ("date", "ge2024-01-01")).eras()[0]["$and"][-1]


@pytest.mark.parametrize(
    "pairs",
    [
        [("date", "lt2024")],
        [("date", "ge2024"), ("patient", "1")],
        [("date:missing", "true")],
        [("_filter", "not (date ge 2024)")],
        [("date", "ge2024"), ("_contained", "both")],
        [],
    ],
)
def test_a_search_that_reads_little_stays_in_one_part(pairs: Any) -> None:
    asked = plan("Observation", *pairs)
    assert asked.eras() == [asked.match()]


def test_what_leads_elsewhere_is_open_until_it_is_found() -> None:
    asked = plan("Observation", ("patient.name", "x"), ("status", "final"))
    [clause] = asked.open
    assert asked.conditions[0][1] == {"k": "status|final|"}
    assert asked.match([(clause, {"k": "subject|Patient/1"})])["$and"] == [
        {"k": "subject|Patient/1"},
        {"$nor": [{"$nor": [{"k": "status|final|"}]}]},
    ]


def test_only_deleted_resources_have_no_tokens() -> None:
    assert "x" not in plan("Observation", ("status", "final")).match()
    assert plan("Observation", ("_lastUpdated", "ge2024")).match()["x"] is False
    assert plan("Observation", ("status:not", "final")).match()["x"] is False
