"""The primitive types: which JSON values each allows (https://hl7.org/fhir/R4/datatypes.html#primitive).

A primitive is a JSON kind plus a predicate; `CHECKS` is the whole list. The predicates try the cheap answer first:
`str.isprintable` excludes every control character and every blank but the space.
"""

import binascii
import calendar
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.fhir.validate.findings import Check, ValidationIssue, wrong_kind, wrong_value
from gateway.fhir.validate.narrative import xhtml

_MAX_TEXT = 1024 * 1024
_MAX_DIGITS = 308
_INTEGER = 2**31

_DAY = r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_PARTIAL = r"(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2]))?"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?"
_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"


def _pattern(regex: str) -> Callable[[str], Any]:
    return re.compile(regex, re.ASCII).fullmatch


_text = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+").fullmatch
_code = re.compile(r"\S+(?:\s\S+)*").fullmatch
_time = _pattern(_TIME)
_date = _pattern(f"{_PARTIAL}|{_DAY}")
_date_time = _pattern(f"{_PARTIAL}|{_DAY}(?:T{_TIME}{_ZONE})?")
_instant = _pattern(f"{_DAY}T{_TIME}{_ZONE}")
_id = _pattern(r"[A-Za-z0-9\-.]{1,64}")
_oid = _pattern(r"urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+")
_uuid = _pattern(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _is_string(text: str) -> bool:
    return 0 < len(text) <= _MAX_TEXT and (text.isprintable() or _text(text) is not None)


def _is_uri(text: str) -> bool:
    if text.isprintable():
        return text != "" and " " not in text
    return _text(text) is not None and not any(map(str.isspace, text))


def _is_code(text: str) -> bool:
    if text.isprintable() and " " not in text:
        return text != ""
    return _code(text) is not None and _text(text) is not None


def _is_day(text: str) -> bool:
    """Whether the calendar has the day `text` begins with; its form is known to be right."""
    day = int(text[8:10] or 1)
    return day <= 28 or day <= calendar.monthrange(int(text[:4]), int(text[5:7]))[1]


def _is_date(text: str) -> bool:
    return _date(text) is not None and _is_day(text)


def _is_date_time(text: str) -> bool:
    return _date_time(text) is not None and _is_day(text)


def _is_instant(text: str) -> bool:
    return _instant(text) is not None and _is_day(text)


_BLANKS = b" \t\r\n\v\f"


def _is_base64(text: str) -> bool:
    try:
        data = text.encode("ascii").translate(None, _BLANKS)
        return len(binascii.a2b_base64(data, strict_mode=True)) > 0
    except ValueError:  # also for what is not ASCII
        return False


def _written(expected: str, accepts: Callable[[str], object]) -> Check:
    def check(value: Any) -> list[ValidationIssue]:
        if type(value) is not str:
            return wrong_kind(f"a string, {expected}", value)
        if accepts(value):
            return []
        return (
            [ValidationIssue("", "value", "a string must not be empty")] if not value else wrong_value(expected, value)
        )

    return check


def _whole(expected: str, lowest: int) -> Check:
    def check(value: Any) -> list[ValidationIssue]:
        if type(value) is int:
            return [] if lowest <= value < _INTEGER else wrong_value(expected, value)
        return wrong_value(expected, value) if type(value) is Decimal else wrong_kind(expected, value)

    return check


def _boolean(value: Any) -> list[ValidationIssue]:
    return [] if type(value) is bool else wrong_kind("true or false", value)


def _decimal(value: Any) -> list[ValidationIssue]:
    if type(value) is Decimal:
        return []
    if type(value) is int:
        return [] if abs(value) < 10**_MAX_DIGITS else wrong_value("a decimal within range", "…")
    return wrong_kind("a number", value)


_string = _written("text of at most 1 MB without control characters", _is_string)
_uri = _written("a URI, which holds no blanks", _is_uri)

CHECKS: dict[str, Check] = {
    "base64Binary": _written("base64", _is_base64),
    "boolean": _boolean,
    "canonical": _uri,
    "code": _written("a code, which has no blanks at its ends and single ones within", _is_code),
    "date": _written("a date such as 2020, 2020-01 or 2020-01-31", _is_date),
    "dateTime": _written("a date, or a time with seconds and zone such as 2020-01-31T09:30:00Z", _is_date_time),
    "decimal": _decimal,
    "id": _written("an id of 1 to 64 letters, digits, '-' and '.'", _id),
    "instant": _written("a date and time with seconds and zone such as 2020-01-31T09:30:00Z", _is_instant),
    "integer": _whole("an integer of 32 bits", -_INTEGER),
    "markdown": _string,
    "oid": _written("an OID such as urn:oid:1.2.3", _oid),
    "positiveInt": _whole("an integer from 1 to 2147483647", 1),
    "string": _string,
    "time": _written("a time such as 09:30:00", _time),
    "unsignedInt": _whole("an integer from 0 to 2147483647", 0),
    "uri": _uri,
    "url": _uri,
    "uuid": _written("a UUID such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520", _uuid),
    "xhtml": xhtml,
}
