"""Split, join and order canonicals, `url` or `url|version` (https://hl7.org/fhir/R4/references.html#canonical)."""

import re

_NUMBER = re.compile(r"[0-9]+")
_PARTS = re.compile(r"[.\-+_ ]")


def split(canonical: str) -> tuple[str, str | None]:
    """Return the url and the version, None without a version."""
    url, _, version = canonical.partition("|")
    return url, version or None


def join(url: str, version: str | None) -> str:
    """Return `url|version`, or `url` without a version."""
    return f"{url}|{version}" if version else url


def rank(version: str | None) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts versions, the latest last. Numbers sort by value (1.10 after 1.9), None first."""
    return tuple(_rank(part) for part in _PARTS.split(version)) if version else ()


def _rank(part: str) -> tuple[int, int, str]:
    return (1, int(part), "") if _NUMBER.fullmatch(part) and len(part) < 40 else (0, 0, part)
