"""Parts of a search by date."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.match import matches
from gateway.search.notation.eras import DAYS, LONG, lasting, older, recent
from gateway.search.query import Query
from gateway.search.tree.clauses import And, Bound

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("span", "tokens"),
    [(0, []), (DAY, []), (DAY + 1, [DAYS]), (40 * DAY, [DAYS]), (40 * DAY + 1, [LONG]), (2**62, [LONG])],
)
def test_a_date_that_lasts_has_a_token(span: int, tokens: list[str]) -> None:
    assert lasting(1_000, [{"p": "date", "lo": 1_000, "hi": 1_000 + span}]) == tokens


def test_the_last_end_of_several_dates_counts() -> None:
    entries = [{"lo": 0, "hi": 5}, {"lo": 3 * DAY, "hi": 3 * DAY + 5}]
    assert lasting(0, entries) == [DAYS]


def test_a_resource_without_a_date_lasts_for_nothing() -> None:
    assert lasting(0, []) == []


@given(began=st.integers(-100, 100), length=st.integers(0, 60), since=st.integers(-100, 100))
def test_what_ends_later_is_in_exactly_one_part(began: int, length: int, since: int) -> None:
    at, end = began * DAY, (began + length) * DAY
    fields = {"k": lasting(at, [{"lo": at, "hi": end}]), "at": at}
    parts = [And((Bound((recent(since * DAY),)),))]
    parts += [And((Bound((token,)), Bound((bounds,)))) for token, bounds in older(since * DAY)]
    found_in = [matches(Query("Patient", clauses=(part,)), fields) for part in parts]
    if end >= since * DAY:
        assert found_in.count(True) == 1
