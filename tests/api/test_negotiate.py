"""Formats and preferences."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.negotiate import Format, Preference, prefer, require_form, require_json, wanted
from gateway.errors import NotAcceptable, UnsupportedMediaType

FHIR = "application/fhir+json"
PLAIN = "application/json"


@pytest.mark.parametrize(
    ("accept", "format_", "media"),
    [
        ("", "", FHIR),
        ("*/*", "", FHIR),
        ("application/*", "", FHIR),
        (PLAIN, "", PLAIN),
        ("application/fhir+xml, application/json;q=0.5", "", PLAIN),
        ("application/json;q=0.2, application/fhir+json;q=0.9", "", FHIR),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "", FHIR),
        ("application/fhir+json; fhirVersion=4.0", "", FHIR),
        ("application/fhir+xml", "json", FHIR),
        ("application/fhir+xml", "application/fhir json", FHIR),
        ("", "application/json", PLAIN),
        ("APPLICATION/FHIR+JSON", "", FHIR),
    ],
)
def test_json_is_served_to_all_who_take_it(accept: str, format_: str, media: str) -> None:
    assert wanted(accept, format_, "") == Format(media)


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("application/fhir+xml", ""),
        ("text/turtle", ""),
        ("application/json;q=0", ""),
        ("application/fhir+json; fhirVersion=3.0", ""),
        ("", "xml"),
        ("*/*", "ttl"),
        (";;;", ""),
        ("application/json;q=abc", ""),
    ],
)
def test_who_takes_no_r4_json_is_told(accept: str, format_: str) -> None:
    with pytest.raises(NotAcceptable):
        wanted(accept, format_, "")


@given(st.text(), st.text(), st.text())
def test_any_wish_is_understood_or_refused(accept: str, format_: str, pretty: str) -> None:
    with contextlib.suppress(NotAcceptable):
        assert wanted(accept, format_, pretty).media in (FHIR, PLAIN)


@pytest.mark.parametrize("content_type", [FHIR, PLAIN, f"{FHIR}; charset=UTF-8", f"{FHIR};fhirVersion=4.0"])
def test_json_in_utf8_is_taken(content_type: str) -> None:
    require_json(content_type)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/fhir+xml", f"{FHIR}; charset=latin-1", f"{FHIR};fhirVersion=5.0"]
)
def test_another_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        require_json(content_type)


def test_a_search_is_posted_as_a_form() -> None:
    require_form("application/x-www-form-urlencoded; charset=utf-8")
    with pytest.raises(UnsupportedMediaType):
        require_form(FHIR)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Preference()),
        ("return=minimal", Preference("minimal")),
        ("return=OperationOutcome, handling=lenient", Preference("OperationOutcome", True)),
        ('handling="strict"; return="representation"', Preference("representation")),
        ("respond-async, wait=10", Preference()),
    ],
)
def test_preferences_are_read(header: str, expected: Preference) -> None:
    assert prefer(header) == expected


@pytest.mark.parametrize("header", ["return=everything", "handling=rough", "\xff=\xfe"])
def test_a_preference_that_does_not_exist_is_ignored(header: str) -> None:
    assert prefer(header) == Preference()


def test_the_first_of_two_preferences_counts() -> None:
    assert prefer("return=minimal, return=representation") == Preference("minimal")
