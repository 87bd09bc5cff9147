"""Lenses, notes and paths."""

import pytest

from gateway.mapping.values.lens import (
    Lens,
    Notes,
    Origins,
    Part,
    Unwritable,
    join,
    note_finding,
    prefix_paths,
    read_nothing,
    text,
    united,
)


@pytest.mark.parametrize(
    ("parent", "child", "path"),
    [("name", "[0].family", "name[0].family"), ("name", "family", "name.family"), ("", "a", "a"), ("a", "", "a")],
)
def test_paths_are_joined_by_a_dot_unless_an_index_follows(parent: str, child: str, path: str) -> None:
    assert join(parent, child) == path


def test_only_notes_from_a_number_on_get_a_prefix() -> None:
    notes: Notes = [("first", "a"), ("[0]", "b")]
    note_finding(notes, "", "text.whitespace", " a", "a")
    prefix_paths(notes, 1, "name")
    assert notes == [("first", "a"), ("name[0]", "b"), ("name", "text.whitespace", " a", "a")]


def test_the_origin_of_an_object_that_was_written_twice_is_the_first() -> None:
    origins, first, second, third = Origins(), {"a": 1}, {"a": 2}, {"a": 3}
    origins.record(first, second)
    origins.record(second, third)
    origins.record("text", {})
    assert origins.of(third) is first and origins.of(second) is first and origins.of(first) is None


def test_derived_parts_are_left_out_at_any_depth() -> None:
    inner = Lens(read_nothing, parts=(Part("a", "a", text),), derived=(Part("", "key", text),))
    outer = Lens(read_nothing, parts=(Part("i", "items", inner, many=True), Part("o", "one", inner)))
    value = {"items": [{"a": "1", "key": "k"}], "one": {"a": "2", "key": "k"}, "other": 1}
    assert outer.without_derived(value) == {"items": [{"a": "1"}], "one": {"a": "2"}, "other": 1}


def test_united_lenses_have_the_parts_of_all_and_one_lens_stays_itself() -> None:
    first = Lens(read_nothing, parts=(Part("a", "a", text),), derived=(Part("", "b", text),))
    second = Lens(read_nothing, parts=(Part("b", "b", text),))
    assert united([first, first]) is first
    both = united([first, second])
    assert ({part.name for part in both.parts}, both.derived, both.put) == ({"a", "b"}, (), None)


def test_a_refusal_gets_the_names_above_it() -> None:
    error = Unwritable("must be text", "family").below("[0]").below("names")
    assert (error.path, error.reason) == ("names[0].family", "must be text")
