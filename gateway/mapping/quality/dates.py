"""Find impossible dates: not a date at all, in the far future or past, an end before its start.

No clock is read, because a resource must become the same document whenever it is mapped. `meta.lastUpdated` does not
count either, because the gateway rewrites it at each commit. Dates are compared with fixed limits, with `issued`, and
with other dates of the same resource.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from gateway.fhir import r4
from gateway.fhir.dates import period
from gateway.mapping.values.lens import Notes, note_finding

LATEST = period("2090")[0]
"""No event can have been recorded this late; systems write 2099 and 2100 for never."""
EARLIEST = period("1850")[0]
PLACEHOLDERS = ("9999-12-31", "0001-01-01")

_DAY = 86_400_000_000  # in microseconds, as all times here
_MOMENTS = ("date", "dateTime", "instant")
# The ends of open periods and the dates of plans may be far ahead: they are compared with LATEST only.
_AHEAD = frozenset({"valuePeriod", "valueDateTime", "occurrencePeriod", "occurrenceDateTime", "nextDoseDateTime"})

Check = Callable[[dict[str, Any], Notes], list[str]]
"""Note the findings about the dates of a resource, and return the paths of their elements."""


@cache
def _elements(resource: str) -> tuple[tuple[str, str, bool], ...]:
    """Return (JSON key, path, whether it is a Period) of each element with a single date."""
    found = []
    for name, element in r4.types()[resource].elements.items():
        if element.many:
            continue
        for type_ in element.types:
            if type_ in _MOMENTS or type_ == "Period":
                key = name + type_[0].upper() + type_[1:] if element.choice else name
                found.append((key, name, type_ == "Period"))
    return tuple(found)


def date_check(resource: str) -> Check:
    """Return the check for one resource type: it notes its findings and returns the paths they are about."""

    def check(node: dict[str, Any], notes: Notes) -> list[str]:
        before = len(notes)
        limit = _limit(node.get("issued"))
        for key, path, is_period in _elements(resource):
            raw = node.get(key)
            if raw is None:
                continue
            if not is_period:
                _check_date(raw, path, notes, LATEST if key in _AHEAD else limit)
            elif raw.__class__ is dict:
                _check_period(raw, path, notes, LATEST if key in _AHEAD else limit)
        if resource == "Patient":
            _check_lifetime(node, notes)
        return [*dict.fromkeys(note[0] for note in notes[before:])] if len(notes) > before else []

    return check


def _limit(issued: Any) -> int:
    """Return the latest time an event can have: a day after the resource was issued, else LATEST."""
    found = _span(issued)
    return LATEST if found is None or found[0] >= LATEST else found[1] + _DAY


def _span(text: Any) -> tuple[int, int] | None:
    """Return the first and the last microsecond, None if the text is not a date."""
    try:
        return period(text)
    except (TypeError, ValueError):
        return None


def _check_date(text: Any, path: str, notes: Notes, limit: int) -> None:
    found = _span(text)
    if found is None:
        if text.__class__ is str:
            note_finding(notes, path, "date.impossible", text, None)
        return
    if EARLIEST <= found[0] < limit:
        return
    rule = "date.past" if found[0] < EARLIEST else "date.future"
    if text[:10] in PLACEHOLDERS:
        rule = "date.placeholder"
    note_finding(notes, path, rule, text, text)


def _check_period(raw: dict[str, Any], path: str, notes: Notes, limit: int) -> None:
    for side, latest in (("start", limit), ("end", LATEST)):
        if raw.get(side) is not None:
            _check_date(raw[side], f"{path}.{side}", notes, latest)
    start, end = _span(raw.get("start")), _span(raw.get("end"))
    if start and end and end[1] < start[0]:
        note_finding(notes, f"{path}.end", "date.order", raw["end"], raw["end"])


def _check_lifetime(node: dict[str, Any], notes: Notes) -> None:
    born, died = _span(node.get("birthDate")), _span(node.get("deceasedDateTime"))
    if born and died and died[1] + _DAY < born[0]:  # a day of grace for time zones
        note_finding(notes, "deceased", "date.order", node["deceasedDateTime"], node["deceasedDateTime"])
