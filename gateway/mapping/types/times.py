"""Dates and times. A moment keeps the text as sent beside the range of time it leaves open, in UTC.

`start` is its first millisecond and `end` the first one after it, so that `start <= t < end` holds for every t meant:
"2020-02" runs from 1 February to 1 March. No zone means UTC. https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

import re
from typing import Any

from gateway.mapping.values.date_range import date_range, precision
from gateway.mapping.values.lens import Lens, Notes, Odd, Origins, Part, Reader, Type, Unwritable, Writer, text
from gateway.mapping.values.structures import follows, read_plain

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?", re.ASCII)


def _date(value: Any, notes: Notes) -> str:
    """A calendar date stays text ("1970-03"): it has no zone, so as a point in time it could shift by a day."""
    date_range(value)
    if len(value) > 10:
        raise Odd("not a date")
    return str(value)


def _time(value: Any, notes: Notes) -> str:
    if value.__class__ is not str or not _TIME.fullmatch(value):
        raise Odd("not a time of day")
    return str(value)


def _moment(value: Any, notes: Notes) -> dict[str, Any]:
    start, end = date_range(value)
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
            document[element] = date_range(text)[side]
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
        date_range(text)
    except Odd as odd:
        raise Unwritable("text is due" if text is None else str(odd), name) from None
    return str(text)


_instant_of = Lens(lambda value, notes: date_range(value)[0], leaf="time")
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


MOMENTS = ("dateTime", "instant", "date")

TYPES = (
    Type("date", {"date": date}),
    Type("time", {"time": time}),
    Type("moment", dict.fromkeys(MOMENTS, moment)),
    Type("period", {"Period": period}),
)
