"""How search values are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.notation.values import bare, fields, fold, in_full, split, unescape
from gateway.search.notation.values import escape as escaped


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O'Brien", "obrien"),
        ("Müller-Lüdenscheidt", "mullerludenscheidt"),
        ("St. John", "st john"),
        ("-", "-"),
        ("...", "..."),
        ("a b", "a b"),
    ],
)
def test_punctuation_is_left_out_unless_there_is_nothing_else(text: str, expected: str) -> None:
    assert bare(text) == expected


@given(st.text(alphabet="ab\\,|$"))
def test_an_escaped_value_means_just_the_text(text: str) -> None:
    assert split(escaped(text), ",") == [escaped(text)]
    assert unescape(escaped(text)) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("loinc|1234-5", "http://loinc.org|1234-5"),
        ("5|ucum|mg", "5|http://unitsofmeasure.org|mg"),
        ("snomed|1$loinc|2", "http://snomed.info/sct|1$http://loinc.org|2"),
        ("loinc", "loinc"),
        ("xloinc|1", "xloinc|1"),
        ("http://loinc.org|1", "http://loinc.org|1"),
    ],
)
def test_short_names_of_systems_are_written_out(value: str, expected: str) -> None:
    assert in_full(value) == expected
