"""Read FHIR dates and times as ranges of time (https://hl7.org/fhir/R4/search.html#date).

A date of less precision is a range: "2020-02" is all of that month. A range is the first and the last microsecond since
1970-01-01T00:00:00Z, as ints, because the year 9999 in a western time zone ends later than `datetime` allows.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_DAY = 86_400_000_000
_SECOND = 1_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_WRITTEN = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:(Z)|([+-])(\d\d):(\d\d))?)?)?)?",
    re.ASCII,
)


@lru_cache(maxsize=8192)  # one moment is read for the index, for the mapping, and again in the next observation
def period(text: str) -> tuple[int, int]:
    """Return the first and the last microsecond of `text`: a year, month, day, minute, second or fraction of a second.

    Dates, and times without a zone, are read as UTC. A leap second is read as the second after :59. A fraction has up
    to 9 digits, of which 6 count. Raises ValueError for any other text, and for days that no calendar has.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"not a FHIR date or time: {text[:40]!r}")
    year, month, day, hour, *_ = written.groups()
    if day is None:
        return _months(int(year), month)
    start = (date(int(year), int(month), int(day)).toordinal() - _EPOCH) * _DAY
    if hour is None:
        return start, start + _DAY - 1
    return _moment(start, written)


def _months(year: int, month: str | None) -> tuple[int, int]:
    first = date(year, int(month or 1), 1).toordinal()
    if month is None:
        days = 365 + (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    else:
        days = (date(year, int(month) % 12 + 1, 1) - date(year, int(month), 1)).days if month != "12" else 31
    start = (first - _EPOCH) * _DAY
    return start, start + days * _DAY - 1


def _moment(start: int, written: re.Match[str]) -> tuple[int, int]:
    hour, minute, second, fraction, _, sign, zone_hours, zone_minutes = written.groups()[3:]
    start += (_bounded(hour, 23) * 60 + _bounded(minute, 59)) * 60 * _SECOND
    start -= _offset(sign, zone_hours, zone_minutes)
    if second is None:
        return start, start + 60 * _SECOND - 1
    start += _bounded(second, 60) * _SECOND
    if fraction is None:
        return start, start + _SECOND - 1
    start += int(fraction[:6].ljust(6, "0"))
    return start, start + 10 ** max(6 - len(fraction), 0) - 1


def _bounded(digits: str, highest: int) -> int:
    number = int(digits)
    if number > highest:
        raise ValueError(f"{digits} is not within 00 to {highest}")
    return number


def _offset(sign: str | None, hours: str, minutes: str) -> int:
    """Return the offset of a time zone in microseconds, positive east of UTC. Raises ValueError beyond 14 hours."""
    if sign is None:
        return 0
    offset = int(hours) * 60 + _bounded(minutes, 59)
    if offset > 14 * 60:
        raise ValueError(f"no time zone is {hours}:{minutes} from UTC")
    return (offset if sign == "+" else -offset) * 60 * _SECOND


def parse_instant(text: str) -> datetime:
    """Return the moment at which `text`, a dateTime or instant, begins, in UTC. Raises ValueError."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=period(text)[0])
    except OverflowError as error:
        raise ValueError(f"outside the years 1 to 9999: {text!r}") from error


@lru_cache(maxsize=256)  # all resources that one transaction writes have the same time
def format_instant(moment: datetime) -> str:
    """Write a moment as `2026-11-22T17:00:00.123Z`: in UTC, cut to milliseconds. Raises ValueError without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
