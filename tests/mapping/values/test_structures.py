"""Objects are read and written part by part."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.types import TYPES
from gateway.mapping.values.lens import Notes, Part
from gateway.mapping.values.structures import structure


def test_parts_that_cannot_be_read_are_left_out_with_their_path() -> None:
    pair = structure(Part("x", "a", TYPES["text"].lenses["string"], many=True))
    outer = structure(Part("pair", "pair", pair, many=True))
    notes: Notes = []
    assert outer.get({"pair": [{"x": ["ok", 1, None]}, "odd", {"x": "ok"}, None]}, notes) == {"pair": [{"a": ["ok"]}]}
    assert notes == [("pair[0].x[1]", "not text"), ("pair[1]", "not an object"), ("pair[2].x", "not a list")]


INNER = structure(
    Part("x", "a", TYPES["text"].lenses["string"]), Part("ys", "ys", TYPES["text"].lenses["string"], many=True)
)


def put(value: Any, raw: Any = None) -> Any:
    from gateway.mapping.values.lens import Origins

    assert INNER.put is not None
    return INNER.put(value, raw, Origins())


def test_only_edited_parts_are_written() -> None:
    raw = {"id": "i", "x": "1", "_x": {"id": "e"}, "unknown": [1], "ys": ["a"]}
    assert put({"a": "2", "ys": ["a"]}, raw) == {**raw, "x": "2"}
    assert put({"ys": ["a"]}, raw) == {"id": "i", "_x": {"id": "e"}, "unknown": [1], "ys": ["a"]}


def test_items_keep_what_stands_beside_them_when_the_list_is_reordered() -> None:
    raw = {"ys": ["a", "b", "c"], "_ys": [{"id": "1"}, None, {"id": "3"}]}
    assert put({"ys": ["c", "a"]}, raw) == {"ys": ["c", "a"], "_ys": [{"id": "3"}, {"id": "1"}]}


def test_items_that_cannot_be_read_stay_before_the_item_that_they_stood_before() -> None:
    assert put({"ys": ["a", "new", "c"]}, {"ys": ["a", 7, "c"]}) == {"ys": ["a", "new", 7, "c"]}


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        ("text", "", "must be an object"),
        ({"b": 1}, "b", "there is no such part; the parts are a, ys"),
        ({}, "", "must not be empty: leave it out instead"),
        ({"ys": "a"}, "ys", "must be a list"),
        ({"ys": ["a", None]}, "ys[1]", "must not be null: leave it out instead"),
        ({"ys": ["a", 7]}, "ys[1]", "must be text"),
    ],
)
def test_a_refusal_names_the_place_and_what_to_write(value: Any, path: str, reason: str) -> None:
    from gateway.mapping.values.lens import Unwritable

    with pytest.raises(Unwritable) as refused:
        put(value)
    assert (refused.value.path, refused.value.reason) == (path, reason)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc"), min_size=1))
def test_a_written_list_is_read_again_as_it_was_written(old: list[str], new: list[str]) -> None:
    raw = {"x": "1", "ys": old} if old else {"x": "1"}
    assert INNER.get(put({"a": "1", "ys": new}, raw), []) == {"a": "1", "ys": new}
