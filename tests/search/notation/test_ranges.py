"""Prefixes on ranges, as https://hl7.org/fhir/R4/search.html#prefix defines them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.match import matches
from gateway.search.notation.ranges import COMPARISONS, prefixed, refuse
from gateway.search.query import Query
from gateway.search.tree.clauses import Bound

ENDS = st.integers(-5, 5)
RANGES = st.tuples(ENDS, ENDS).map(lambda ends: (min(ends), max(ends)))


def says(prefix: str, asked: tuple[int, int], stored: tuple[int, int]) -> bool:
    """The specification, word by word: an exact range is asked for, and a stored range is judged."""
    lo, hi = asked
    low, high = stored
    within, above, below = lo <= low and high <= hi, high > hi, low < lo
    return {
        "eq": within,
        "ne": not within,
        "gt": above,
        "lt": below,
        "ge": above or within,
        "le": below or within,
        "sa": low > hi,
        "eb": high < lo,
        "ap": low <= hi and high >= lo,
    }[prefix]


@given(st.sampled_from(sorted(COMPARISONS)), RANGES, RANGES)
def test_a_prefix_finds_what_the_specification_says(prefix: str, asked: Any, stored: Any) -> None:
    filter_ = {"d": {"$elemMatch": {"p": "x", **COMPARISONS[prefix](*asked)}}}
    fields = {"d": [{"p": "x", "lo": stored[0], "hi": stored[1]}]}
    assert matches(Query("Patient", clauses=(Bound((filter_,)),)), fields) is says(prefix, asked, stored)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("ge2020", ("ge", "2020")),
        ("2020", ("eq", "2020")),
        ("ne5", ("ne", "5")),
        ("ap", ("ap", "")),
        ("GE2020", ("eq", "GE2020")),
        ("xx5", ("eq", "xx5")),
        ("", ("eq", "")),
    ],
)
def test_a_value_without_a_known_prefix_means_equal(written: str, parts: tuple[str, str]) -> None:
    assert prefixed(written) == parts


def test_a_refusal_names_the_parameter_and_quotes_at_most_200_characters() -> None:
    text = refuse("date", "x" * 500, "a date").text
    assert text == f"Search parameter 'date': '{'x' * 200}' is not a date"
