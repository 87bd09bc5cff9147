"""How search values are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.notation.values import fields, fold, split, unescape


def escape(text: str) -> str:
    for character in "\\,|$":
        text = text.replace(character, "\\" + character)
    return text


@given(st.lists(st.text(alphabet="ab\\,|$ "), min_size=1))
def test_splitting_undoes_joining(parts: list[str]) -> None:
    for separator in ",|$":
        assert [unescape(part) for part in split(separator.join(map(escape, parts)), separator)] == parts


@given(st.text(alphabet="ab\\,|$"))
def test_nothing_written_wrongly_breaks_it(text: str) -> None:
    for separator in ",|$":
        assert separator.join(split(text, separator)) == text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  MÜLLER ", "muller"),
        ("Straße", "strasse"),
        ("É\u00a0B", "e b"),
        ("ｱｲ", "アイ"),
        ("がか", "がか"),
        ("İstanbul", "istanbul"),
        ("Æ", "æ"),
        ("한국", "한국"),
    ],
)
def test_folding_removes_case_accents_and_width(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_fields_are_trimmed() -> None:
    assert fields(" http://x | a\\|b ") == ["http://x", "a|b"]
