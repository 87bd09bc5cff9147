"""How text is cut into words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.notation.words import LONGEST_WORD, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bone-metastases, 3rd", ["bone", "metastases", "3rd"]),
        ("  ", []),
        ("a_b", ["a", "b"]),
        ("Übelkeit", ["ubelkeit"]),
        ("胃癌 病人", ["胃", "癌", "病", "人"]),
        ("T細胞x", ["t", "細", "胞", "x"]),
        ("mm[Hg] 5.4", ["mm", "hg", "5", "4"]),
        ("O'Brien", ["o", "brien"]),
        ("-*-", []),
    ],
)
def test_words_are_folded_and_in_order(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_long_word_is_cut() -> None:
    assert words("x" * 1000) == ["x" * LONGEST_WORD]


@given(st.text())
def test_words_of_words_are_the_same_words(text: str) -> None:
    once = [word for word in words(text) if len(word) < LONGEST_WORD]
    assert [part for word in once for part in words(word)] == once
