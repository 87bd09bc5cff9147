"""NumberText as meant: blanks, control characters, words for nothing."""

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.quality.text import clean, clean_lines, clean_name, clean_text, tidy
from gateway.mapping.values.lens import Notes


@pytest.mark.parametrize(
    ("sent", "meant", "rule"),
    [
        ("Ann", "Ann", None),
        (" Ann ", "Ann", "text.whitespace"),
        ("Ann  Lee", "Ann Lee", "text.whitespace"),
        ("Ann\u00a0Lee", "Ann Lee", "text.whitespace"),
        ("\ufeffAnn\u200b", "Ann", "text.whitespace"),
        ("12 Main St\r\nFlat 2", "12 Main St Flat 2", "text.control"),
        ("a\rb\x00c", "a bc", "text.control"),
        ("UNKNOWN", None, "text.placeholder"),
        (" (None) ", None, "text.placeholder"),
        ("N/A", None, "text.placeholder"),
        ("-", None, "text.placeholder"),
        ("Unknownville", "Unknownville", None),
        ("Nullarbor", "Nullarbor", None),
        ("山田　太郎", "山田　太郎", None),
        ("می\u200cخواهم", "می\u200cخواهم", None),
        ("A\u200cnn", "Ann", "text.whitespace"),
    ],
)
def test_text_becomes_what_was_meant(sent: str, meant: str | None, rule: str | None) -> None:
    assert clean_text(sent) == (meant, rule)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    cleaned, _ = clean_text(text)
    assert cleaned is None or clean_text(cleaned) == (cleaned, None)


@given(st.text())
def test_a_change_always_has_its_finding_and_no_change_has_none(text: str) -> None:
    notes: Notes = []
    after = clean(text, notes)
    assert [note[2:] for note in notes] == ([] if after == text else [(text, after)])


def test_words_that_are_names_stay_in_names_and_words_that_are_answers_in_displays() -> None:
    notes: Notes = []
    assert clean_name("Null", notes) == "Null" and clean_name("Unknown", notes) is None
    assert tidy("Unknown", notes) == "Unknown" and tidy(" None ", notes) == "None"
    assert clean("Null", notes) is None


def test_notes_keep_their_lines_and_their_indentation() -> None:
    notes: Notes = []
    assert clean_lines("# Plan\r\n\r\n  - rest\u00a0\x07\r", notes) == "# Plan\n\n  - rest "
    assert notes == [("", "text.control", "# Plan\r\n\r\n  - rest\u00a0\x07\r", "# Plan\n\n  - rest ")]
    assert clean_lines("one\ntwo", notes) == "one\ntwo" and len(notes) == 1
    assert clean_lines(" \n ", notes) is None


def test_clean_text_costs_next_to_nothing() -> None:
    """It is asked of every text there is; 200 ns on a quiet core, ten times that is still no accident."""
    best = min(timeit.repeat(lambda: clean_text("534 Erewhon Street"), number=1000, repeat=20)) / 1000
    assert best < 2e-6
