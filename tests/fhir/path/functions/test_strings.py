"""Strings (https://hl7.org/fhirpath/N1/#string-manipulation), with the examples of the specification."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import path
from gateway.fhir.path.errors import PathError
from tests.fhir.path.functions.cases import values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'abcdefg'.indexOf('bc')", [1]),
        ("'abcdefg'.indexOf('x')", [-1]),
        ("'abcdefg'.indexOf('')", [0]),
        ("'abcabc'.lastIndexOf('bc')", [4]),
        ("'abcdefg'.substring(3)", ["defg"]),
        ("'abcdefg'.substring(1, 2)", ["bc"]),
        ("'abcdefg'.substring(6, 2)", ["g"]),
        ("'abcdefg'.substring(7, 1)", []),
        ("'abcdefg'.substring(-1, 1)", []),
        ("'abcdefg'.substring(1, -1)", [""]),
        ("'abcdefg'.startsWith('abc')", [True]),
        ("'abcdefg'.endsWith('abc')", [False]),
        ("'abc'.contains('b')", [True]),
        ("'abc'.contains('')", [True]),
        ("'AbC'.upper() + 'AbC'.lower()", ["ABCabc"]),
        ("'abcdefg'.replace('cde', '123')", ["ab123fg"]),
        ("'abcdefg'.replace('cde', '')", ["abfg"]),
        ("'abc'.replace('', 'x')", ["xaxbxcx"]),
        ("'http://fhir.org/guides'.matches('fhir')", [True]),
        ("'N8000123123'.matches('^N[0-9]{8}$')", [False]),
        ("'N8000123123'.matches('N[0-9]{8}')", [True]),
        ("'N8000123123'.matchesFull('N[0-9]{8}')", [False]),
        ("'N8000123123'.matchesFull('N[0-9]{10}')", [True]),
        ("'abcdefg'.length()", [7]),
        ("'abc'.toChars()", ["a", "b", "c"]),
        ("' a b '.trim()", ["a b"]),
        ("'A,B,C'.split(',')", ["A", "B", "C"]),
        ("'A,,C'.split(',')", ["A", "", "C"]),
        ("name.given.join(',')", ["Peter,James,Jim"]),
        ("name.given.join()", ["PeterJamesJim"]),
        ("{}.join(',')", []),
        ("'test'.encode('base64')", ["dGVzdA=="]),
        ("'subjects?_d'.encode('base64')", ["c3ViamVjdHM/X2Q="]),
        ("'subjects?_d'.encode('urlbase64')", ["c3ViamVjdHM_X2Q="]),
        ("'test'.encode('hex')", ["74657374"]),
        ("'test'.encode('rot13')", []),
        ("'dGVzdA=='.decode('base64')", ["test"]),
        ("'74657374'.decode('hex')", ["test"]),
        ("'xyz'.decode('hex')", []),
        ("'\"1<2\"'.escape('html')", ["&quot;1&lt;2&quot;"]),
        ("'\"1<2\"'.escape('json')", [r"\"1<2\""]),
        ("'&quot;1&lt;2&quot;'.unescape('html')", ['"1<2"']),
        (r"'\\\"1<2\\\"'.unescape('json')", ['"1<2"']),
        ("'a\"b'.unescape('json')", ['a"b']),
        (r"'\\q'.unescape('json')", []),
    ],
)
def test_strings(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    "call",
    ["indexOf('a')", "startsWith('a')", "replace('a', 'b')", "length()", "upper()", "matches('a')", "substring(0)"],
)
def test_an_empty_input_gives_an_empty_result(call: str) -> None:
    assert values(f"{{}}.{call}") == []


@pytest.mark.parametrize("call", ["indexOf({})", "contains({})", "replace({}, 'b')", "matches({})", "substring({})"])
def test_an_empty_argument_gives_an_empty_result(call: str) -> None:
    assert values(f"'abc'.{call}") == []


def test_a_number_is_no_string() -> None:
    with pytest.raises(PathError, match=r"String expected, System\.Integer found"):
        values("1.length()")


@given(st.text(max_size=30), st.sampled_from(["hex", "base64", "urlbase64"]))
def test_what_is_encoded_can_be_decoded(text: str, form: str) -> None:
    assert path.compile(f"%x.encode('{form}').decode('{form}')")({}, x=text) == [text]


@given(st.text(max_size=30), st.sampled_from(["html", "json"]))
def test_what_is_escaped_can_be_unescaped(text: str, form: str) -> None:
    assert path.compile(f"%x.escape('{form}').unescape('{form}')")({}, x=text) == [text]


@given(st.text(max_size=30), st.text(min_size=1, max_size=3))
def test_what_is_split_can_be_joined(text: str, separator: str) -> None:
    assert path.compile("%x.split(%s).join(%s)")({}, x=text, s=separator) == [text]
