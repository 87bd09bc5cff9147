"""Tokens (https://hl7.org/fhirpath/N1/#lexical-elements)."""

import pytest

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.lexer import Token, tokens


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient.name", [("name", "Patient"), ("symbol", "."), ("name", "name")]),
        ("1.50", [("number", "1.50")]),
        ("1.5.abs()", [("number", "1.5"), *[("symbol", ".")], ("name", "abs"), ("symbol", "("), ("symbol", ")")]),
        ("@2015", [("date", "@2015")]),
        ("@2015-02-04", [("date", "@2015-02-04")]),
        ("@2015T", [("datetime", "@2015T")]),
        ("@2015-02-04T14:34:28.123+09:00", [("datetime", "@2015-02-04T14:34:28.123+09:00")]),
        ("@T14:34", [("time", "@T14:34")]),
        ("a<=b", [("name", "a"), ("symbol", "<="), ("name", "b")]),
        ("$this", [("special", "$this")]),
        ("`PID-1`", [("quoted", "PID-1")]),
        ('"PID-1"', [("quoted", "PID-1")]),
        ("%`us-zip`", [("symbol", "%"), ("quoted", "us-zip")]),
    ],
)
def test_a_text_is_cut_into_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'it\'s'", "it's"),
        (r"'a\nb\tc'", "a\nb\tc"),
        (r"'P\u0065ter'", "Peter"),
        (r"'\\'", "\\"),
        (r"'\`\"\/'", '`"/'),
        ("''", ""),
    ],
)
def test_escapes_of_a_string_are_resolved(text: str, value: str) -> None:
    assert kinds(text) == [("string", value)]


@pytest.mark.parametrize("text", ["1 // the rest of the line", "1 /* a\ncomment */", "\n 1\t"])
def test_comments_and_blanks_are_skipped(text: str) -> None:
    assert kinds(text) == [("number", "1")]


def test_the_last_token_is_the_end_and_offsets_count_characters() -> None:
    assert tokens("a + 'b'") == [
        Token("name", "a", 0),
        Token("symbol", "+", 2),
        Token("string", "b", 4),
        Token("end", "", 7),
    ]


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("a == b", 2, "equals is ="),
        ("a && b", 2, "write and"),
        ("a || b", 2, "write or"),
        ("a = 'b", 4, "the text has no end"),
        ("a # b", 2, "unexpected '# b'"),
        ("a /* b", 2, "unexpected"),
        (r"'\q'", 0, r"unknown escape \q"),
    ],
)
def test_a_text_that_has_no_tokens_is_refused_with_its_place(text: str, at: int, reason: str) -> None:
    with pytest.raises(PathError) as caught:
        tokens(text)
    assert (caught.value.phase, caught.value.at) == ("syntax", at)
    assert reason in caught.value.reason
