"""Suggestions for misspelled words, and short lists of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.source.suggestions import folded, listed, nearest

WORDS = ("path", "type", "read-only", "uncovered")


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("paht", "; did you mean path?"),
        ("readonly", "; did you mean read-only?"),
        ("Read_Only", "; did you mean read-only?"),
        ("uncoverd", "; did you mean uncovered?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_only_a_near_word_is_suggested(word: str, suggestion: str) -> None:
    assert nearest(word, WORDS) == suggestion


@given(st.sampled_from(WORDS))
def test_an_allowed_word_is_its_own_suggestion(word: str) -> None:
    assert nearest(word.upper(), WORDS) == f"; did you mean {word}?"


def test_case_and_separators_do_not_count() -> None:
    assert folded("Read-Only_X") == "readonlyx"


def test_a_long_list_is_cut_and_counted() -> None:
    assert listed(["b", "a"]) == "a, b"
    assert listed("hgfedcba") == "a, b, c, d, e, f and 2 more"
