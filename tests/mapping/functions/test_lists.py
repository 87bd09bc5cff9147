"""Functions on lists."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.functions.lists import distinct, trimmed


def test_distinct_keeps_the_first_of_each() -> None:
    assert distinct(["b", "a", "b"]) == ["b", "a"]


def test_trimmed_drops_blanks_and_texts_of_blanks() -> None:
    assert trimmed([" 1", "1 ", "  "]) == ["1"]
    assert trimmed(["  "]) is None


@given(st.lists(st.text(" ab", max_size=3)))
def test_trimmed_texts_have_no_blanks_around_them_and_occur_once(values: list[str]) -> None:
    found = trimmed(values) or []
    assert found == distinct(found) and all(text and text == text.strip() for text in found)
    assert set(found) == {value.strip() for value in values} - {""}
