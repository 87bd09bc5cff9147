"""LOINC codes as texts (https://loinc.org/kb/users-guide/): systems, check digit, and the keys of all other codes."""

import re
from collections.abc import Iterable

URI = "http://loinc.org"
SYSTEMS = frozenset(
    {
        URI,
        "http://loinc.org/",
        "https://loinc.org",
        "https://loinc.org/",
        "http://www.loinc.org",
        "urn:oid:2.16.840.1.113883.6.1",
        "2.16.840.1.113883.6.1",
    }
)
"""The ways in which its system is written."""

_CODE = re.compile(r"([1-9][0-9]{0,6})-([0-9])")


def is_code(text: str) -> bool:
    """Whether this is built like a LOINC code: digits, a hyphen, and the check digit that belongs to them (mod 10)."""
    found = _CODE.fullmatch(text)
    return found is not None and int(found[2]) == check_digit(found[1])


def check_digit(digits: str) -> int:
    """Luhn's: every other digit, beginning with the last, is doubled, and of what is above 9 the digits are added."""
    total = sum(sum(divmod(int(digit) * 2, 10)) for digit in digits[::-2])
    return -(total + sum(map(int, digits[-2::-2]))) % 10


def key(system: str, code: str) -> str:
    """How a code map names a coding: `system|code`, `|code` without a system."""
    return f"{system}|{code.strip()}"


def text_key(text: str) -> str:
    """How a code map names what has a text and no code: `|text` in small letters, single blanks between the words."""
    return "|" + " ".join(text.casefold().split())


def keys(codings: Iterable[tuple[str, str]], text: str = "") -> list[str]:
    """The keys of a concept, (system, code) of each coding first, then that of its text."""
    found = [key(system, code) for system, code in codings if code.strip()]
    return [*found, text_key(text)] if text.strip() else found
