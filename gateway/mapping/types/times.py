"""Read and write dates and times: the text as sent, beside the range of time that it leaves open.

The range is that of gateway.mapping.values.date_range. https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

import re
from typing import Any

from gateway.mapping.values.date_range import date_range, precision
from gateway.mapping.values.lens import Lens, Notes, Origins, Part, Reader, Type, Unreadable, Unwritable, Writer, text
from gateway.mapping.values.structures import read_plain, refuse_changed_derived

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?", re.ASCII)


def _date(value: Any, notes: Notes) -> str:
    # A calendar date stays text ("1970-03"): it has no zone, so as a point in time it could shift by a day.
    date_range(value)
    if len(value) > 10:
        raise Unreadable("not a date")
    return str(value)


def _time(value: Any, notes: Notes) -> str:
    if value.__class__ is not str or not _TIME.fullmatch(value):
        raise Unreadable("not a time of day")
    return str(value)


def _moment(value: Any, notes: Notes) -> dict[str, Any]:
    start, end = date_range(value)
    return {"start": start, "end": end, "precision": precision(value), "text": value}


def _period(value: Any, notes: Notes) -> dict[str, Any] | None:
    """Read `start` and `end` as those of moments, each with the text as sent; an open side is left out."""
    if value.__class__ is not dict:
        raise Unreadable("not an object")
    document: dict[str, Any] = {}
    for element, side in (("start", 0), ("end", 1)):
        text = value.get(element)
        if text is None:
            continue
        try:
            document[element] = date_range(text)[side]
            document[element + "_text"] = text
        except Unreadable as odd:
            notes.append((element, str(odd)))
    return document or None


def _written(get: Reader) -> Writer:
    """Return the writer of a text, which refuses a text that `get` would not read."""

    def put(value: Any, raw: Any, origins: Origins) -> str:
        try:
            get(value, [])
        except Unreadable as odd:
            raise Unwritable(str(odd)) from None
        return str(value)

    return put


def _put_moment(value: Any, raw: Any, origins: Origins) -> Any:
    # Only the text is written: the other parts follow from it.
    if value.__class__ is not dict or value.keys() - _MOMENT_NAMES:
        raise Unwritable("must be an object with text, and with start, end and precision if you like")
    written = _put_span(value.get("text"), "text")
    refuse_changed_derived(value, _MOMENT_REST, read_plain(_moment, raw), read_plain(_moment, written))
    return written


def _put_period(value: Any, raw: Any, origins: Origins) -> Any:
    if value.__class__ is not dict or value.keys() - _PERIOD_NAMES:
        raise Unwritable("must be an object with start_text, end_text or both")
    written = dict(raw) if isinstance(raw, dict) else {}
    old = read_plain(_period, raw)
    for element in ("start", "end"):
        name = element + "_text"
        if value.get(name) == old.get(name):
            continue
        if name in value:
            written[element] = _put_span(value[name], name)
        else:
            written.pop(element, None)
    if not written:
        raise Unwritable("must not be empty: leave it out instead, or write start_text or end_text")
    refuse_changed_derived(value, frozenset({"start", "end"}), old, read_plain(_period, written))
    origins.record(raw, written)
    return written


def _put_span(text: Any, name: str) -> str:
    try:
        date_range(text)
    except Unreadable as odd:
        raise Unwritable("must be text" if text is None else str(odd), name) from None
    return str(text)


_instant_of = Lens(lambda value, notes: date_range(value)[0], leaf="time")
start_part, end_part = Part("", "start", _instant_of), Part("", "end", _instant_of)
_precision = Part("", "precision", text)

date = Lens(_date, _written(_date), "text")
time = Lens(_time, _written(_time), "text")
moment = Lens(_moment, _put_moment, parts=(Part("", "text", text),), derived=(start_part, end_part, _precision))
period = Lens(
    _period,
    _put_period,
    parts=(Part("start", "start_text", text), Part("end", "end_text", text)),
    derived=(start_part, end_part),
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
