"""Canonical addresses, `url` or `url|version` (https://hl7.org/fhir/R4/references.html#canonical)."""

import re

_NUMBER = re.compile(r"[0-9]+")
_PARTS = re.compile(r"[.\-+_ ]")


def split(canonical: str) -> tuple[str, str | None]:
    """The address and the version, None where none is asked for."""
    url, _, version = canonical.partition("|")
    return url, version or None


def join(url: str, version: str | None) -> str:
    return f"{url}|{version}" if version else url


def rank(version: str | None) -> tuple[tuple[int, int, str], ...]:
    """Orders versions, the latest last: numbers by size (1.10 after 1.9, 20240101 after 20231231), no version first."""
    return tuple(_rank(part) for part in _PARTS.split(version)) if version else ()


def _rank(part: str) -> tuple[int, int, str]:
    return (1, int(part), "") if _NUMBER.fullmatch(part) and len(part) < 40 else (0, 0, part)
