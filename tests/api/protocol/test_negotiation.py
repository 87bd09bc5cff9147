"""Formats and preferences."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.protocol.negotiation import Format, Preference, is_native, is_xml, prefer, require_form, wanted
from gateway.errors import NotAcceptable, UnsupportedMediaType

FHIR = "application/fhir+json"
PLAIN = "application/json"
XML = "application/fhir+xml"


@pytest.mark.parametrize(
    ("accept", "format_", "media"),
    [
        ("", "", FHIR),
        ("*/*", "", FHIR),
        ("application/*", "", FHIR),
        (PLAIN, "", PLAIN),
        ("application/fhir+xml;q=0.4, application/json;q=0.5", "", PLAIN),
        ("application/json;q=0.2, application/fhir+json;q=0.9", "", FHIR),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "", FHIR),
        ("application/fhir+xml", "json", FHIR),
        ("application/fhir+xml", "application/fhir json", FHIR),
        ("", "application/json", PLAIN),
        ("APPLICATION/FHIR+JSON", "", FHIR),
    ],
)
def test_json_is_served_to_all_who_take_it(accept: str, format_: str, media: str) -> None:
    assert wanted(accept, format_, "") == Format(media)


@pytest.mark.parametrize(
    ("accept", "format_", "media"),
    [
        (XML, "", XML),
        ("application/xml", "", "application/xml"),
        ("text/xml", "", "text/xml"),
        (f"{XML}, {FHIR}", "", XML),
        (f"{FHIR}, {XML}", "", FHIR),
        (f"{FHIR};q=0.8, {XML};q=0.9", "", XML),
        (f"*/*, {XML}", "", XML),
        (f"{FHIR};q=0.1, */*;q=0.5", "", XML),
        (f"{FHIR};q=0, */*", "", XML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "", "application/xml"),
        (FHIR, "xml", XML),
        (FHIR, "application/fhir xml", XML),
        (FHIR, "application/xml", "application/xml"),
        ("", "text/xml", "text/xml"),
        ("application/xml+fhir", "", XML),
        ("", "application/xml+fhir", XML),
    ],
)
def test_xml_is_served_to_who_prefers_it(accept: str, format_: str, media: str) -> None:
    assert wanted(accept, format_, "") == Format(media)


@pytest.mark.parametrize(
    ("accept", "version"),
    [
        (f"{FHIR}; fhirVersion=4.0", "4.0"),
        (f"{FHIR}; fhirVersion=4.0.1", "4.0"),
        (f"{FHIR}; fhirVersion=4.3", "4.3"),
        (f'{FHIR}; fhirVersion="4.3.0"', "4.3"),
        (f"{FHIR}; fhirVersion=5.0, {FHIR}; fhirVersion=4.3;q=0.5", "4.3"),
        (FHIR, ""),
    ],
)
def test_the_version_that_was_asked_for_is_told(accept: str, version: str) -> None:
    found = wanted(accept, "", "")
    assert found.version == version
    assert found.content_type == f"{FHIR}{version and f'; fhirVersion={version}'}; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("text/turtle", ""),
        ("application/json;q=0", ""),
        ("application/fhir+json; fhirVersion=3.0", ""),
        ("application/fhir+xml; fhirVersion=5.0", ""),
        ("", "html"),
        ("*/*", "ttl"),
        ("", "application/fhir+json; fhirVersion=5.0"),
        (";;;", ""),
        ("application/json;q=abc", ""),
        ("application/json;q=nan", ""),
    ],
)
def test_who_takes_no_r4_is_told(accept: str, format_: str) -> None:
    with pytest.raises(NotAcceptable):
        wanted(accept, format_, "")


@pytest.mark.parametrize(
    ("accept", "content_type", "native"),
    [
        ("", "image/png", True),
        ("*/*", "image/png", True),
        ("image/png", "image/png", True),
        ("image/*", "image/png", True),
        ("application/pdf", "image/png", True),
        (PLAIN, "image/png", True),
        (PLAIN, PLAIN, True),
        (FHIR, "image/png", False),
        (XML, "image/png", False),
        (FHIR, FHIR, False),
        (f"{FHIR}, */*;q=0.1", "image/png", False),
        (f"{FHIR}, */*", "image/png", False),
        (f"image/png, {FHIR};q=0.5", "image/png", True),
        (f"image/png, {FHIR};q=0.5", "application/pdf", False),
        (f"{FHIR};q=0, */*", "image/png", True),
    ],
)
def test_the_resource_around_a_content_is_for_who_asks_for_it(accept: str, content_type: str, native: bool) -> None:
    assert is_native(accept, content_type) is native


@given(st.text(), st.text(), st.text())
def test_any_wish_is_understood_or_refused(accept: str, format_: str, pretty: str) -> None:
    with contextlib.suppress(NotAcceptable):
        assert wanted(accept, format_, pretty).media in (FHIR, PLAIN, XML, "application/xml", "text/xml")


@pytest.mark.parametrize(
    ("content_type", "xml"),
    [
        (FHIR, False),
        (PLAIN, False),
        (f"{FHIR}; charset=UTF-8", False),
        (f"{FHIR};fhirVersion=4.0", False),
        (f"{FHIR};fhirVersion=4.3", False),
        (XML, True),
        ("application/xml; charset=utf-8", True),
        ("text/xml", True),
        ("application/xml+fhir", True),
        ("application/json+fhir", False),
    ],
)
def test_a_resource_comes_as_json_or_xml_in_utf8(content_type: str, xml: bool) -> None:
    assert is_xml(content_type) is xml


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "xml",
        "json",
        "text/plain",
        f"{FHIR}; charset=latin-1",
        f"{XML}; charset=utf-16",
        f"{FHIR};fhirVersion=5.0",
        "text/turtle",
    ],
)
def test_another_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        is_xml(content_type)


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
