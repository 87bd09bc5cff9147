"""Alternatives as MongoDB answers them best. That they find the same is asked of MongoDB in
tests/store/find/test_search_alternatives.py."""

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.search.compile.alternatives import FEW_RANGES, any_of
from gateway.search.compile.plan import plan_search
from gateway.search.match import matches
from gateway.search.notation.tokens import Prefix, starting
from gateway.search.query import Query, parse
from gateway.search.tree.clauses import Bound


def filters(name: str, values: list[str]) -> dict[str, Any]:
    [(_, found)] = plan_search(parse("Patient", [(name, ",".join(values))])).conditions
    return found


def test_few_ranges_stay_branches() -> None:
    assert len(filters("given", [f"name{n}" for n in range(FEW_RANGES)])["$or"]) == FEW_RANGES


def test_many_beginnings_become_values_of_one_predicate_and_those_that_say_nothing_more_go() -> None:
    names = [chr(ord("a") + n) for n in range(20)]
    assert filters("given", [*names, "anna", "berta"]) == {"k": {"$in": [Prefix(f"given|{name}") for name in names]}}


def test_exact_values_go_with_many_beginnings() -> None:
    codes = [f"c{n:02}" for n in range(20)]
    found = filters("identifier", [*codes, "http://a.example|x"])
    assert found == {"k": {"$in": ["identifier|x|http://a.example", *(Prefix(f"identifier|{one}|") for one in codes)]}}


def test_many_dates_become_one_predicate_with_the_bounds_of_all() -> None:
    found = filters("birthdate", [f"{year}" for year in range(1950, 1970)])
    inner = found["d"]["$elemMatch"]
    assert (inner["p"], len(inner["$or"])) == ("birthdate", 20)
    assert found["at"]["$gte"] == inner["$or"][0]["lo"]["$gte"]
    assert found["at"]["$lte"] == inner["$or"][-1]["hi"]["$lte"]


def test_one_open_end_leaves_the_bounds_open() -> None:
    years = [f"{year}" for year in range(1950, 1970)]
    assert filters("birthdate", [*years, "le2000"])["at"].keys() == {"$lte"}
    assert "at" not in filters("birthdate", [*years, "ge2000"])


def test_ranges_of_two_parameters_stay_apart() -> None:
    ranges = [
        {"q": {"$elemMatch": {"p": name, "lo": {"$gte": n}}}} for name in ("a", "b") for n in range(FEW_RANGES + 1)
    ]
    found = any_of([*ranges, {"k": "x"}])
    assert found["$or"][0] == {"k": "x"}
    assert [one["q"]["$elemMatch"]["p"] for one in found["$or"][1:]] == ["a", "b"]


def test_the_time_grows_with_the_number_of_values_not_with_its_square() -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        filters("given", [f"name{n}" for n in range(count)])
        return time.process_time() - began

    seconds(100)
    assert seconds(8_000) < 100 * max(seconds(800), 0.002)


TOKENS = st.sampled_from(["a|x", "a|y", "b|x"])
FILTERS = st.recursive(
    st.one_of(
        TOKENS.map(lambda token: {"k": token}),
        st.lists(TOKENS, max_size=3).map(lambda tokens: {"k": {"$in": tokens}}),
        st.sampled_from(["a|", "b|", "a|y"]).map(starting),
        st.integers(0, 5).map(lambda lo: {"d": {"$elemMatch": {"p": "date", "lo": {"$gte": lo}}}, "at": {"$gte": lo}}),
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda filters: {"$or": filters}),
    max_leaves=30,
)


@given(st.lists(FILTERS, max_size=30), st.sets(TOKENS), st.integers(0, 5))
def test_the_alternatives_find_what_any_of_them_finds(filters: Any, tokens: set[str], day: int) -> None:
    fields = {"k": sorted(tokens), "d": [{"p": "date", "lo": day}], "at": day}

    def found(filter_: dict[str, Any]) -> bool | None:
        return matches(Query("Patient", clauses=(Bound((with_patterns(filter_),)),)), fields)

    assert found(any_of(filters)) is any(found(filter_) for filter_ in filters)


def with_patterns(filter_: Any) -> Any:
    """A prefix among listed values, which MongoDB gets as a pattern, as an alternative."""
    if isinstance(filter_, dict) and isinstance(filter_.get("k"), dict) and "$in" in filter_["k"]:
        values = filter_["k"]["$in"]
        patterns = [{"k": {"$regex": value.pattern}} for value in values if isinstance(value, Prefix)]
        return {"$or": [{"k": {"$in": [value for value in values if isinstance(value, str)]}}, *patterns]}
    if isinstance(filter_, dict) and "$or" in filter_:
        return {"$or": [with_patterns(one) for one in filter_["$or"]]}
    return filter_
