"""A YAML file as a tree that knows its lines."""

from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.mapping.source.file_fault import FileFault, UnknownField
from gateway.mapping.source.yaml_source import Source, brief, parse

FILE = Path("/elsewhere/m.yaml")


def root(text: str) -> Source:
    return parse(FILE, text.encode())


def fault(text: str) -> str:
    with pytest.raises(FileFault) as raised:
        root(text)
    return raised.value.text


def test_entries_know_the_lines_of_their_keys_and_values() -> None:
    found = [(place.line, key, value.line, value.text()) for place, key, value in root("a: 1\nb:\n  NO\n").entries()]
    assert found == [(1, "a", 1, "1"), (2, "b", 3, "NO")]


def test_values_are_text_as_written() -> None:
    [(_, key, value)] = root("on: 1.10").entries()
    assert (key, value.text()) == ("on", "1.10")


def test_a_fault_names_file_line_field_and_reason() -> None:
    [(_, _, value)] = root("\na: maybe").entries()
    with pytest.raises(FileFault) as raised:
        value.of_field("sex").flag()
    error = raised.value
    assert (error.file, error.line, error.field) == (str(FILE), 2, "sex")
    assert error.text == f"{FILE}:2: field sex: 'maybe' must be true or false"
    assert isinstance(error, ConfigurationError) and error.issues[0].text == error.text


def test_a_word_stands_in_front_of_the_reason_and_the_error_has_its_type() -> None:
    with pytest.raises(UnknownField, match=r"m\.yaml:1: indexes: there is no field x"):
        root("a").of_word("indexes").refuse("there is no field x", UnknownField)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", ":1: the file is empty"),
        ("a: [1", ":1: not YAML: "),
        ("a:\n\tb: 1", "indent lines by blanks, not by tabs"),
        ("a: b: c", "write a text with `: ` in quotes"),
        ("a: \x07", ":1: not YAML: the character U+0007 is not allowed"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(text: str, reason: str) -> None:
    assert reason in fault(text)


def test_another_encoding_is_refused_with_its_line() -> None:
    with pytest.raises(FileFault, match=r"m\.yaml:2: not UTF-8 text: byte 0xe4"):
        parse(FILE, "a: 1\nb: ä".encode("latin-1"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [("[1, 2]", "expected `name: value` lines, found '[1, 2]'"), ("x", "expected `name: value` lines, found 'x'")],
)
def test_anything_but_a_mapping_has_no_entries(text: str, reason: str) -> None:
    with pytest.raises(FileFault) as raised:
        list(root(text).entries())
    assert raised.value.reason == reason


def test_a_key_that_occurs_twice_is_refused_at_its_second_line() -> None:
    with pytest.raises(FileFault, match=r"m\.yaml:2: 'a' occurs twice: leave one of them out"):
        list(root("a: 1\na: 2").entries())


def test_a_long_text_is_cut_off() -> None:
    assert brief("x" * 200) == "x" * 200
    assert brief("x" * 201) == "x" * 200 + "…"
