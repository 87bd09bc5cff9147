"""Which old value of a list each new one comes from."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.values.alignment import aligned

A, B, C = {"system": "s", "value": "1"}, {"system": "t", "value": "2"}, {"system": "u", "value": "3"}
VALUES = st.one_of(
    st.sampled_from("abcd"), st.dictionaries(st.sampled_from("xyz"), st.integers(0, 3), min_size=1, max_size=3)
)


@pytest.mark.parametrize(
    ("old", "new", "origins"),
    [
        ([A, B, C], [A, B, C], [0, 1, 2]),
        ([A, B, C], [A, C], [0, 2]),
        ([A, B, C], [C, A, B], [2, 0, 1]),
        ([A, B], [A, {"system": "t", "value": "9"}], [0, 1]),  # shares its system: B, edited
        ([A, B], [A, {"system": "z", "value": "9"}], [0, None]),
        (["a", "b"], ["a", "x"], [0, 1]),
        (["a", "b"], ["a", "x", "y"], [0, None, 1]),
        (["a", "a"], ["x", "a"], [0, 1]),
        (["a", "a"], ["a", "x"], [0, 1]),
        (["a", None, "b"], ["b", "a"], [2, 0]),
        (["a", "b", "a"], ["a"], [0]),
        ([{"text": "a"}], [{"text": "b"}], [0]),
        ([], ["a"], [None]),
    ],
)
def test_a_value_comes_from_the_same_one_or_one_that_is_alike(old: Any, new: Any, origins: Any) -> None:
    assert aligned(old, new) == origins


@given(st.lists(st.one_of(st.none(), VALUES), max_size=8), st.lists(VALUES, max_size=8))
def test_no_value_is_the_origin_of_two_and_equal_ones_find_each_other(old: list[Any], new: list[Any]) -> None:
    origins = aligned(old, new)
    used = [at for at in origins if at is not None]
    assert len(origins) == len(new) and len(set(used)) == len(used) and all(old[at] is not None for at in used)
    for value in new:
        equal = sum(
            origin is not None and old[origin] == value == one for one, origin in zip(new, origins, strict=True)
        )
        assert equal == min(old.count(value), new.count(value))


def test_long_lists_of_anything_come_to_an_end() -> None:
    """Far below the time limit of a test, which lists compared pair by pair would pass."""
    numbers = [{"system": f"s{n}", "value": str(n)} for n in range(8_000)]
    others = [{"system": f"t{n}", "value": f"{n}z"} for n in range(8_000)]
    assert aligned(numbers, others) == [None] * 8_000
    assert aligned(numbers, numbers[::-1]) == list(range(7_999, -1, -1))
    assert aligned(["a"] * 4_000, ["b"] + ["a"] * 4_000) == [None, *range(4_000)]
