"""Choose the display of a code in a language (BCP 47, https://hl7.org/fhir/R4/languages.html)."""

from collections.abc import Iterable

from gateway.fhir.terminology.codesystem import Designation

_NAMES = frozenset({"display", "preferredForLanguage", "900000000000548007"})
"""The uses of designations that are displays; the last is SNOMED CT's "preferred"."""


def display_in(language: str | None, display: str | None, designations: Iterable[Designation]) -> str | None:
    """Return the display in `language`, else in a related language (`de` and `de-CH`), else `display`."""
    if not language:
        return display
    displays = [designation for designation in designations if designation.language and _is_display(designation)]
    for matches in (_same, _related):
        for designation in displays:
            if matches(language.lower(), (designation.language or "").lower()):
                return designation.value
    return display


def _is_display(designation: Designation) -> bool:
    return designation.use is None or designation.use.get("code") in _NAMES


def _same(left: str, right: str) -> bool:
    return left == right


def _related(left: str, right: str) -> bool:
    return left.partition("-")[0] == right.partition("-")[0]
