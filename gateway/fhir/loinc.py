"""Recognize LOINC codes (https://loinc.org/kb/users-guide/), and name the rows of code maps.

LOINC itself is not here: whether a well-formed code exists is not known.
"""

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
"""The addresses and OIDs by which partners name LOINC."""

_CODE = re.compile(r"([1-9][0-9]{0,6})-([0-9])")


def is_code(text: str) -> bool:
    """Tell whether `text` has the form of a LOINC code: digits, a hyphen and their check digit (mod 10)."""
    code = _CODE.fullmatch(text)
    return code is not None and int(code[2]) == check_digit(code[1])


def check_digit(digits: str) -> int:
    """Return Luhn's check digit: double every other digit from the last, add all digits, fill up to a multiple of 10.

    https://en.wikipedia.org/wiki/Luhn_algorithm
    """
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in digits[::-2])
    return -(doubled + sum(map(int, digits[-2::-2]))) % 10


def key(system: str, code: str) -> str:
    """Return the key of a coding in a code map: `system|code`, or `|code` without a system."""
    return f"{system}|{code.strip()}"


def text_key(text: str) -> str:
    """Return the key of a text without a code in a code map: `|text` in lower case, with single blanks."""
    return "|" + " ".join(text.casefold().split())


def keys(codings: Iterable[tuple[str, str]], text: str = "") -> list[str]:
    """Return the keys of a concept: those of its codings (system, code) first, then that of its text."""
    coding_keys = [key(system, code) for system, code in codings if code.strip()]
    return [*coding_keys, text_key(text)] if text.strip() else coding_keys
