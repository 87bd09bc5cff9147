"""Match regular expressions within a time limit, for matches(), matchesFull() and replaceMatches().

Clients send patterns, and backtracking over `(a|aa)+$` may take years. Profiles use lookaround and back-references,
which engines of linear time (RE2) do not have. So this uses the engine of `regex`, which has both and a timeout. A
pattern that takes too long is a PathError. The argument `concurrent` lets other threads run meanwhile.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import regex

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.values import check_length

# Seconds. A text of a million characters, such as a photo in base64, may take one second more.
_TIME_LIMIT, _TIME_PER_CHARACTER = 0.2, 1e-6
_MAX_PATTERN_LENGTH = 5_000
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE}
_Result = TypeVar("_Result")


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> Any:
    """Compile in single-line mode: `.` matches line breaks too. Raises PathError."""
    if len(pattern) > _MAX_PATTERN_LENGTH:
        raise PathError(f"a regular expression of more than {_MAX_PATTERN_LENGTH} characters")
    if not set(flags) <= _FLAGS.keys():
        raise PathError(f"unknown flags of a regular expression: {flags}")
    try:
        return regex.compile(pattern, regex.DOTALL | sum(_FLAGS[flag] for flag in set(flags)))
    except (regex.error, RecursionError, OverflowError) as error:
        raise PathError(f"not a regular expression: {error}") from None


def _in_time(apply: Callable[[float], _Result], value: str) -> _Result:
    """Call `apply` with its time limit in seconds. Raises PathError if it takes longer."""
    try:
        return apply(_TIME_LIMIT + len(value) * _TIME_PER_CHARACTER)
    except TimeoutError:
        raise PathError("the regular expression takes too long on this text") from None


def matches(value: str, pattern: str, flags: str = "") -> bool:
    """Tell whether a part of `value` matches. Raises PathError for a wrong or slow pattern."""
    compiled = _compiled(pattern, flags)
    return _in_time(lambda seconds: compiled.search(value, timeout=seconds, concurrent=True), value) is not None


def matches_full(value: str, pattern: str, flags: str = "") -> bool:
    """Tell whether all of `value` matches. Raises PathError for a wrong or slow pattern."""
    compiled = _compiled(pattern, flags)
    return _in_time(lambda seconds: compiled.fullmatch(value, timeout=seconds, concurrent=True), value) is not None


def replace_matches(value: str, pattern: str, substitution: str, flags: str = "") -> str:
    """Replace all matches. `$1` and `${name}` in `substitution` stand for groups; an empty pattern changes nothing.

    Raises PathError for a wrong or slow pattern, and for a group that does not exist.
    """
    if not pattern:
        return value
    # Python writes the groups of a substitution as \g<1>.
    template = regex.sub(r"\$\{(\w+)\}|\$(\d+)", lambda group: rf"\g<{group[1] or group[2]}>", substitution)
    length = len(value)

    def expanded(match: Any) -> str:
        nonlocal length
        text = str(match.expand(template))
        length += len(text)
        check_length(length)
        return text

    compiled = _compiled(pattern, flags)
    try:
        return str(_in_time(lambda seconds: compiled.sub(expanded, value, timeout=seconds, concurrent=True), value))
    except (regex.error, IndexError) as error:
        raise PathError(f"not a substitution: {error}") from None
