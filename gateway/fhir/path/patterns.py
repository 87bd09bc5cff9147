"""Regular expressions in time that is bounded: matches(), matchesFull(), replaceMatches().

A pattern may come from a client, and backtracking over `(a|aa)+$` takes longer than the world exists. Profiles write
lookaround and back-references, which engines of linear time (RE2) do not have; so it is an engine with the language of
PCRE and a clock, and a pattern that takes too long is an error of the expression. The argument `concurrent` lets other
threads run meanwhile.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import regex

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.values import bounded

# Seconds; for a text of a million characters, as a photo in base64, one more.
_PATIENCE, _PER_CHARACTER = 0.2, 1e-6
_LONGEST = 5_000
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE}
_Found = TypeVar("_Found")


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> Any:
    """In single-line mode: `.` is any character, a line break too."""
    if len(pattern) > _LONGEST:
        raise PathError(f"a regular expression of more than {_LONGEST} characters")
    if not set(flags) <= _FLAGS.keys():
        raise PathError(f"no flags of a regular expression: {flags}")
    try:
        return regex.compile(pattern, regex.DOTALL | sum(_FLAGS[flag] for flag in set(flags)))
    except (regex.error, RecursionError, OverflowError) as error:
        raise PathError(f"no regular expression: {error}") from None


def _in_time(apply: Callable[[float], _Found], value: str) -> _Found:
    try:
        return apply(_PATIENCE + len(value) * _PER_CHARACTER)
    except TimeoutError:
        raise PathError("the regular expression takes too long on this text") from None


def matches(value: str, pattern: str, flags: str = "") -> bool:
    found = _compiled(pattern, flags)
    return _in_time(lambda seconds: found.search(value, timeout=seconds, concurrent=True), value) is not None


def matches_full(value: str, pattern: str, flags: str = "") -> bool:
    found = _compiled(pattern, flags)
    return _in_time(lambda seconds: found.fullmatch(value, timeout=seconds, concurrent=True), value) is not None


def replace_matches(value: str, pattern: str, substitution: str, flags: str = "") -> str:
    """`$1` and `${name}` in the substitution are what the groups found; an empty pattern changes nothing."""
    if not pattern:
        return value
    template = regex.sub(r"\$\{(\w+)\}|\$(\d+)", lambda found: rf"\g<{found[1] or found[2]}>", substitution)
    length = len(value)

    def expanded(match: Any) -> str:
        nonlocal length
        text = str(match.expand(template))
        length += len(text)
        bounded(length)
        return text

    found = _compiled(pattern, flags)
    try:
        return str(_in_time(lambda seconds: found.sub(expanded, value, timeout=seconds, concurrent=True), value))
    except (regex.error, IndexError) as error:
        raise PathError(f"no substitution: {error}") from None
