"""Dates that cannot be: no date at all, in the far future, in the far past, an end before its start.

No clock is read: a resource must become the same document whenever it is mapped. `meta.lastUpdated` is no help either,
for the gateway rewrites it at each commit. What is compared is what the sender wrote: fixed limits, `issued`, and the
dates of one resource with one another.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from gateway.fhir import r4
from gateway.fhir.dates import period
from gateway.mapping.values.lens import Notes, finding

LATEST = period("2090")[0]
"""Nothing that has happened was recorded this late; systems write 2099 and 2100 for never."""
EARLIEST = period("1850")[0]
PLACEHOLDERS = ("9999-12-31", "0001-01-01")

_DAY = 86_400_000_000  # in microseconds, as all times here
_MOMENTS = ("date", "dateTime", "instant")
# Ends that are open, and dates of plans, may be far ahead: they are judged by their year only.
_AHEAD = frozenset({"valuePeriod", "valueDateTime", "occurrencePeriod", "occurrenceDateTime", "nextDoseDateTime"})

Check = Callable[[dict[str, Any], Notes], list[str]]


@cache
def _elements(resource: str) -> tuple[tuple[str, str, bool], ...]:
    """JSON key, path, and whether it is a Period, of each date that stands once in a resource."""
    found = []
    for name, element in r4.types()[resource].elements.items():
        if element.many:
            continue
        for type_ in element.types:
            if type_ in _MOMENTS or type_ == "Period":
                key = name + type_[0].upper() + type_[1:] if element.choice else name
                found.append((key, name, type_ == "Period"))
    return tuple(found)


def suspect(resource: str) -> Check:
    """The check for one resource type: it notes the findings and tells the elements they are about."""

    def check(node: dict[str, Any], notes: Notes) -> list[str]:
        before = len(notes)
        limit = _limit(node.get("issued"))
        for key, path, is_period in _elements(resource):
            raw = node.get(key)
            if raw is None:
                continue
            if not is_period:
                _judge(raw, path, notes, LATEST if key in _AHEAD else limit)
            elif raw.__class__ is dict:
                _period(raw, path, notes, LATEST if key in _AHEAD else limit)
        if resource == "Patient":
            _life(node, notes)
        return [*dict.fromkeys(note[0] for note in notes[before:])] if len(notes) > before else []

    return check


def _limit(issued: Any) -> int:
    """A day after the resource was issued, for what it tells of was over then."""
    found = _span(issued)
    return LATEST if found is None or found[0] >= LATEST else found[1] + _DAY


def _span(text: Any) -> tuple[int, int] | None:
    """First and last microsecond."""
    try:
        return period(text)
    except (TypeError, ValueError):
        return None


def _judge(text: Any, path: str, notes: Notes, limit: int) -> None:
    found = _span(text)
    if found is None:
        if text.__class__ is str:
            finding(notes, path, "date.impossible", text, None)
        return
    if EARLIEST <= found[0] < limit:
        return
    rule = "date.past" if found[0] < EARLIEST else "date.future"
    if text[:10] in PLACEHOLDERS:
        rule = "date.placeholder"
    finding(notes, path, rule, text, text)


def _period(raw: dict[str, Any], path: str, notes: Notes, limit: int) -> None:
    for side, latest in (("start", limit), ("end", LATEST)):
        if raw.get(side) is not None:
            _judge(raw[side], f"{path}.{side}", notes, latest)
    start, end = _span(raw.get("start")), _span(raw.get("end"))
    if start and end and end[1] < start[0]:
        finding(notes, f"{path}.end", "date.order", raw["end"], raw["end"])


def _life(node: dict[str, Any], notes: Notes) -> None:
    born, died = _span(node.get("birthDate")), _span(node.get("deceasedDateTime"))
    if born and died and died[1] + _DAY < born[0]:  # a day of grace for time zones
        finding(notes, "deceased", "date.order", node["deceasedDateTime"], node["deceasedDateTime"])
