"""The line of an element in a JSON text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.source.json_positions import line

TEXT = """{
  "name": "a\\"]}",
  "select": [
    {"column": [
      {"name": "x"},
      {"name": "y",
       "path": "\\u007b"}
    ]},
    {}
  ]
}"""


@pytest.mark.parametrize(
    ("at", "expected"),
    {
        "V": 1,
        "V.name": 2,
        "V.select": 3,
        "V.select[0].column": 4,
        "V.select[0].column[0]": 5,
        "V.select[0].column[1]": 6,
        "V.select[0].column[1].path": 7,
        "V.select[1]": 9,
        "V.select[1].column": 9,
        "V.select[2]": 3,
        "V.select[0].column[0].path": 5,
        "V.nothing.below": 1,
        "V.name.below[3]": 2,
    }.items(),
)
def test_the_line_is_that_of_the_element_or_of_the_one_it_should_be_in(at: str, expected: int) -> None:
    assert line(TEXT, at) == expected


trees = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
)


@given(
    trees, st.lists(st.sampled_from([".a", ".b", ".c", "[0]", "[1]", "[3]"]), max_size=5), st.sampled_from([None, 1])
)
def test_any_path_leads_to_a_line_of_the_text(tree: object, steps: list[str], indent: int | None) -> None:
    text = json.dumps(tree, indent=indent)
    assert 1 <= line(text, "V" + "".join(steps)) <= text.count("\n") + 1
