"""Dates and times. A moment keeps the text as sent beside the range of time it leaves open, in UTC.

`start` is its first millisecond and `end` the first one after it, so that `start <= t < end` holds for every t meant:
"2020-02" runs from 1 February to 1 March. No zone means UTC. https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from gateway.fhir import dates
from gateway.mapping.types.shape import Notes, Odd, Type

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
_DATE_PRECISION = {4: "year", 7: "month", 10: "day"}
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?", re.ASCII)


def precision(text: str) -> str:
    """year, month, day, minute, second or millisecond (which stands for any fraction of a second)."""
    if len(text) <= 10:
        return _DATE_PRECISION.get(len(text), "")
    if "." in text:
        return "millisecond"
    return "second" if text[16:17] == ":" else "minute"


def span(text: Any) -> tuple[datetime, datetime]:
    """Start and end in whole milliseconds, which is all that MongoDB keeps. Raises Odd."""
    if text.__class__ is not str:
        raise Odd("not text")
    try:
        return _span(text)
    except ValueError:
        raise Odd("not a date or time") from None


@lru_cache(maxsize=8192)  # the observations of one encounter share their times
def _span(text: str) -> tuple[datetime, datetime]:
    low, high = dates.period(text)
    return _instant(low // 1000), _instant(high // 1000 + 1)


def _instant(milliseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:  # the last day of 9999 ends in the year 10000
        return _FIRST if milliseconds < 0 else _LAST


def date(value: Any, notes: Notes) -> str:
    """A calendar date stays text ("1970-03"): it has no zone, so as a point in time it could shift by a day."""
    span(value)
    if len(value) > 10:
        raise Odd("not a date")
    return str(value)


def time(value: Any, notes: Notes) -> str:
    if value.__class__ is not str or not _TIME.fullmatch(value):
        raise Odd("not a time of day")
    return str(value)


def moment(value: Any, notes: Notes) -> dict[str, Any]:
    start, end = span(value)
    return {"start": start, "end": end, "precision": precision(value), "text": value}


def period(value: Any, notes: Notes) -> dict[str, Any] | None:
    """`start` and `end` as of a moment, each with the text as sent; an open side is left out."""
    if value.__class__ is not dict:
        raise Odd("not an object")
    document: dict[str, Any] = {}
    for element, side in (("start", 0), ("end", 1)):
        text = value.get(element)
        if text is None:
            continue
        try:
            document[element] = span(text)[side]
            document[element + "_text"] = text
        except Odd as odd:
            notes.append((element, str(odd)))
    return document or None


def timing(value: Any, notes: Notes) -> dict[str, Any] | None:
    """A schedule by its outer bounds: the events', else those it is repeated within. Its rules stay in the FHIR."""
    if value.__class__ is not dict:
        raise Odd("not an object")
    events = value.get("event")
    if isinstance(events, list) and events:
        spans = [span(event) for event in events if event is not None]
        return {"start": min(start for start, _ in spans), "end": max(end for _, end in spans)} if spans else None
    repeat = value.get("repeat")
    bounds = repeat.get("boundsPeriod") if isinstance(repeat, dict) else None
    return period(bounds, notes) if bounds is not None else None


def _when(kind: str, read: Any) -> Any:
    def reader(value: Any, notes: Notes) -> dict[str, Any]:
        return {"kind": kind, **(read(value, notes) or {})}

    return reader


_MOMENTS = ("dateTime", "instant", "date")

TYPES = (
    Type("date", {"date": date}),
    Type("time", {"time": time}),
    Type("moment", dict.fromkeys(_MOMENTS, moment)),
    Type("period", {"Period": period}),
    Type(
        "when",
        {
            **dict.fromkeys(_MOMENTS, _when("moment", moment)),
            "Period": _when("period", period),
            "Timing": _when("timing", timing),
        },
    ),
)
