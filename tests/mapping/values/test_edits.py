"""Edited documents as plain values, and edited lists merged with the lists they came from."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.values.edits import keeping, merged, plain, tidied

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def test_times_become_text_and_floats_become_decimals() -> None:
    time = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert plain({"t": time, "n": 1.5, "l": (1, True)}) == {
        "t": "2020-01-02T03:04:05Z",
        "n": Decimal("1.5"),
        "l": [1, True],
    }
    assert str(plain(Decimal("1.00"))) == "1.00"


def test_a_time_in_another_zone_keeps_its_offset_in_the_text() -> None:
    time = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))
    assert datetime.fromisoformat(plain(time)) == time


def test_what_documents_do_not_have_is_taken_out_at_any_depth() -> None:
    assert tidied({"a": None, "b": [], "c": {"d": [None, {}]}, "e": [None, 0, False, ""]}) == {"e": [0, False, ""]}
    assert tidied({"a": [{"b": None}]}) is None


@given(JSON)
def test_tidying_twice_is_tidying_once(value: Any) -> None:
    assert tidied(tidied(value)) == tidied(value)


def _empty(value: Any) -> bool:
    if isinstance(value, dict):
        return not value or any(map(_empty, value.values()))
    return (not value or any(map(_empty, value))) if isinstance(value, list) else value is None


@given(JSON)
def test_nothing_empty_is_left(value: Any) -> None:
    left = tidied(value)
    assert left is None or not _empty(left)


def test_items_take_along_what_stands_beside_them() -> None:
    items, beside = ["a", "b", "c"], [{"id": "1"}, None, {"id": "3"}]
    assert merged(items, beside, [(2, None), (None, lambda item: "new"), (0, lambda item: item + "!")]) == (
        ["c", "new", "a!"],
        [{"id": "3"}, None, {"id": "1"}],
    )
    assert merged(items, beside, [(1, None)]) == (["b"], [])
    assert merged([None, "b"], [{"id": "1"}, None], [(0, None), (1, None)]) == ([None, "b"], [{"id": "1"}, None])


def test_unread_items_keep_their_places_between_the_others() -> None:
    assert keeping([1, 4], [(0, None), (2, None), (None, None), (3, None)]) == [
        (0, None),
        (1, None),
        (2, None),
        (None, None),
        (3, None),
        (4, None),
    ]
