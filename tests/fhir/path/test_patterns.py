"""Regular expressions (https://hl7.org/fhirpath/N1/#matchesregex-string-boolean)."""

import time

import pytest

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.patterns import matches, matches_full, replace_matches


def test_matches_finds_a_part_and_matches_full_wants_all() -> None:
    assert matches("http://example.org/Library/1", "Library")
    assert not matches_full("http://example.org/Library/1", "Library")
    assert matches_full("2018-01", r"\d{4}-\d{2}")


def test_a_dot_matches_a_line_break() -> None:
    assert matches("a\nb", "a.b")


def test_flags_ignore_case_and_anchor_lines() -> None:
    assert matches("ABC", "abc", "i") and not matches("ABC", "abc")
    assert matches("a\nb", "^b$", "m") and not matches("a\nb", "^b$")


def test_profiles_may_look_around_and_back() -> None:
    assert matches_full("aa", r"(a)\1") and matches("ab", "a(?=b)")


def test_groups_are_written_with_a_dollar() -> None:
    """The example of https://hl7.org/fhirpath/N1/#replacematchesregex-string-substitution-string-string"""
    pattern = r"\b(?<month>\d{1,2})/(?<day>\d{1,2})/(?<year>\d{2,4})\b"
    assert replace_matches("11/30/1972", pattern, "${day}-${month}-${year}") == "30-11-1972"
    assert replace_matches("11/30/1972", r"(\d+)/(\d+)", "$2.$1") == "30.11/1972"


def test_an_empty_pattern_replaces_nothing() -> None:
    assert replace_matches("abc", "", "x") == "abc"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: matches("a", "("), "not a regular expression"),
        (lambda: matches("a", "a" * 5_001), "more than 5000 characters"),
        (lambda: matches("a", "a", "x"), "unknown flags of a regular expression: x"),
        (lambda: replace_matches("a", "a", "$7"), "not a substitution"),
        (lambda: replace_matches("a" * 4_000, "a", "b" * 4_000), "grows too long"),
    ],
)
def test_a_wrong_pattern_is_an_error(call: object, reason: str) -> None:
    assert callable(call)
    with pytest.raises(PathError, match=reason):
        call()


def test_a_pattern_that_backtracks_for_years_is_an_error_within_a_second() -> None:
    begin = time.monotonic()
    with pytest.raises(PathError, match="takes too long"):
        matches("a" * 60 + "b", "(a|aa)+$")
    assert time.monotonic() - begin < 5
