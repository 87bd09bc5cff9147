"""Displays in a language (https://hl7.org/fhir/R4/languages.html)."""

import pytest

from gateway.fhir.terminology.codesystem import Designation
from gateway.fhir.terminology.languages import display_in


def named(language: str, value: str, code: str | None = None) -> Designation:
    return Designation(value=value, language=language, use={"code": code} if code else None)


NAMES = (named("de-CH", "Velo"), named("de", "Fahrrad"), named("fr", "vélo", "display"), named("es", "bici", "synonym"))


@pytest.mark.parametrize(
    ("language", "display"),
    [
        (None, "bicycle"),
        ("de", "Fahrrad"),
        ("de-CH", "Velo"),
        ("DE-ch", "Velo"),
        ("de-AT", "Velo"),
        ("fr-CA", "vélo"),
        ("es", "bicycle"),
        ("it", "bicycle"),
    ],
)
def test_the_nearest_language_is_chosen(language: str | None, display: str) -> None:
    assert display_in(language, "bicycle", NAMES) == display
