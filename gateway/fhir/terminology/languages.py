"""Displays in the language asked for (BCP 47; https://hl7.org/fhir/R4/languages.html)."""

from collections.abc import Iterable

from gateway.fhir.terminology.codesystem import Designation

_NAMES = frozenset({"display", "preferredForLanguage", "900000000000548007"})
"""Uses of a designation that make it a display."""


def display_in(language: str | None, display: str | None, designations: Iterable[Designation]) -> str | None:
    """The display in `language`: exactly it, else in a wider or narrower one (`de`, `de-CH`), else the usual one."""
    if not language:
        return display
    named = [one for one in designations if one.language and _is_display(one)]
    for near in (_same, _related):
        for one in named:
            if near(language.lower(), (one.language or "").lower()):
                return one.value
    return display


def _is_display(designation: Designation) -> bool:
    return designation.use is None or designation.use.get("code") in _NAMES


def _same(wanted: str, language: str) -> bool:
    return wanted == language


def _related(wanted: str, language: str) -> bool:
    return wanted.partition("-")[0] == language.partition("-")[0]
