"""Turn the text of a date or time into the range of time that it leaves open, in UTC.

The start is the first millisecond of the range and the end is the first millisecond after it, so that
`start <= t < end` holds for every time that may be meant: "2020-02" runs from February 1 to March 1. A text without a
zone is read as UTC. https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from gateway.fhir import dates
from gateway.mapping.values.lens import Unreadable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
_DATE_PRECISION = {4: "year", 7: "month", 10: "day"}


def precision(text: str) -> str:
    """Return year, month, day, minute, second or millisecond (which stands for any fraction of a second)."""
    if len(text) <= 10:
        return _DATE_PRECISION.get(len(text), "")
    if "." in text:
        return "millisecond"
    return "second" if text[16:17] == ":" else "minute"


def date_range(text: Any) -> tuple[datetime, datetime]:
    """Return the start and the end in whole milliseconds, which is all that MongoDB keeps. Raises Unreadable."""
    if text.__class__ is not str:
        raise Unreadable("not text")
    try:
        return _date_range(text)
    except ValueError:
        raise Unreadable("not a date or time") from None


@lru_cache(maxsize=8192)  # the observations of one encounter share their times
def _date_range(text: str) -> tuple[datetime, datetime]:
    first, last = dates.period(text)
    return _from_milliseconds(first // 1000), _from_milliseconds(last // 1000 + 1)


def _from_milliseconds(milliseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:  # the last day of 9999 ends in the year 10000
        return _FIRST if milliseconds < 0 else _LAST
