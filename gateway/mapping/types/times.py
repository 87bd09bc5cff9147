"""Dates and times. A moment keeps the text as sent beside the range of time it leaves open, in UTC.

`start` is its first millisecond and `end` the first one after it, so that `start <= t < end` holds for every t meant:
"2020-02" runs from 1 February to 1 March. No zone means UTC. https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from gateway.fhir import dates
from gateway.mapping.values.shape import Lens, Notes, Odd, Origins, Part, Reader, Type, Unwritable, Writer, text
from gateway.mapping.values.structures import follows, read_plain

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


def _date(value: Any, notes: Notes) -> str:
    """A calendar date stays text ("1970-03"): it has no zone, so as a point in time it could shift by a day."""
    span(value)
    if len(value) > 10:
        raise Odd("not a date")
    return str(value)


def _time(value: Any, notes: Notes) -> str:
    if value.__class__ is not str or not _TIME.fullmatch(value):
        raise Odd("not a time of day")
    return str(value)


def _moment(value: Any, notes: Notes) -> dict[str, Any]:
    start, end = span(value)
    return {"start": start, "end": end, "precision": precision(value), "text": value}


def _period(value: Any, notes: Notes) -> dict[str, Any] | None:
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


def _written(get: Reader) -> Writer:
    """The text of a single value, as long as it would be read as what it is to be."""

    def put(value: Any, raw: Any, origins: Origins) -> str:
        try:
            get(value, [])
        except Odd as odd:
            raise Unwritable(str(odd)) from None
        return str(value)

    return put


def _put_moment(value: Any, raw: Any, origins: Origins) -> Any:
    """The text says it all; the rest follows from it."""
    if value.__class__ is not dict or value.keys() - _MOMENT_NAMES:
        raise Unwritable("an object of text, start, end and precision is due")
    made = _put_span(value.get("text"), "text")
    follows(value, _MOMENT_REST, read_plain(_moment, raw), read_plain(_moment, made))
    return made


def _put_period(value: Any, raw: Any, origins: Origins) -> Any:
    if value.__class__ is not dict or value.keys() - _PERIOD_NAMES:
        raise Unwritable("an object of start_text and end_text is due")
    made = dict(raw) if isinstance(raw, dict) else {}
    old = read_plain(_period, raw)
    for element in ("start", "end"):
        name = element + "_text"
        if value.get(name) == old.get(name):
            continue
        if name in value:
            made[element] = _put_span(value[name], name)
        else:
            made.pop(element, None)
    if not made:
        raise Unwritable("empty; leave it out instead, or give start_text or end_text")
    follows(value, frozenset({"start", "end"}), old, read_plain(_period, made))
    origins.record(raw, made)
    return made


def _put_span(text: Any, name: str) -> str:
    try:
        span(text)
    except Odd as odd:
        raise Unwritable("text is due" if text is None else str(odd), name) from None
    return str(text)


_instant_of = Lens(lambda value, notes: span(value)[0], leaf="time")
start_part, end_part = Part("", "start", _instant_of), Part("", "end", _instant_of)
_precision = Part("", "precision", text)

date = Lens(_date, _written(_date), "text")
time = Lens(_time, _written(_time), "text")
moment = Lens(_moment, _put_moment, parts=(Part("", "text", text),), rest=(start_part, end_part, _precision))
period = Lens(
    _period,
    _put_period,
    parts=(Part("start", "start_text", text), Part("end", "end_text", text)),
    rest=(start_part, end_part),
)

_MOMENT_REST = frozenset({"start", "end", "precision"})
_MOMENT_NAMES = _MOMENT_REST | {"text"}
_PERIOD_NAMES = frozenset({"start", "start_text", "end", "end_text"})


KIND = "kind"
"""The path of the refusal of a value that is of another kind, which may be the right one elsewhere."""


def kinded(kind: str, lens: Lens) -> Lens:
    """A lens of one of several kinds of value, told apart by `kind`; nothing where the value has no parts."""
    read, write = lens.get, lens.put
    assert write is not None

    def get(value: Any, notes: Notes) -> dict[str, Any] | None:
        document = read(value, notes)
        return {"kind": kind, **document} if document else None

    def put(value: Any, raw: Any, origins: Origins) -> Any:
        if value.__class__ is not dict or value.get("kind") != kind:
            raise Unwritable(f"{kind}", KIND)
        return write({name: part for name, part in value.items() if name != "kind"}, raw, origins)

    return Lens(get, put, parts=(Part("", "kind", text), *lens.parts), rest=lens.rest)


MOMENTS = ("dateTime", "instant", "date")

TYPES = (
    Type("date", {"date": date}),
    Type("time", {"time": time}),
    Type("moment", dict.fromkeys(MOMENTS, moment)),
    Type("period", {"Period": period}),
)
