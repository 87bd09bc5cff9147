"""The form of codes (RFC 2046, BCP 47, ISO 4217, UCUM)."""

import pytest

from gateway.fhir.terminology.syntax import FORMS, is_language, is_mime_type, is_ucum


@pytest.mark.parametrize("text", ["text/plain", "application/fhir+json; fhirVersion=4.0", "xml", "image/svg+xml"])
def test_a_mime_type_has_two_parts_or_is_a_short_name(text: str) -> None:
    assert is_mime_type(text)


@pytest.mark.parametrize("text", ["text", "text/", "/plain", "te xt/plain", "text/plain/x", ""])
def test_other_texts_are_no_mime_types(text: str) -> None:
    assert not is_mime_type(text)


@pytest.mark.parametrize(
    "tag", ["en", "en-US", "zh-Hant-TW", "de-CH-1996", "es-419", "x-private", "en-a-bbb-x-a", "i-klingon", "EN-us"]
)
def test_language_tags_are_those_of_bcp_47(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize("tag", ["", "e", "en_US", "en-", "en-US-", "english language", "123", "en-" + "a" * 200])
def test_other_texts_are_no_language_tags(tag: str) -> None:
    assert not is_language(tag)


def test_units_that_do_not_convert_are_ucum_too() -> None:
    assert is_ucum("mg/dL") and is_ucum("[p'diop]") and is_ucum("%[slope]") and is_ucum("dB[SPL]")
    assert not is_ucum("milligrams") and not is_ucum("") and not is_ucum("m" * 201)


def test_a_currency_is_three_capital_letters() -> None:
    _, is_currency = FORMS["http://hl7.org/fhir/ValueSet/currencies"]
    assert is_currency("EUR") and not is_currency("eur") and not is_currency("EURO")
