"""Read and write schedules (https://hl7.org/fhir/R4/datatypes.html#Timing), and the type `when`.

`when` has `start` and `end` whether a moment, a period or a schedule was sent, so that queries need to know one form.
"""

from datetime import datetime
from typing import Any

from gateway.mapping.types.codings import concept
from gateway.mapping.types.quantities import quantity, span
from gateway.mapping.types.times import MOMENTS, end_part, moment, period, start_part, time
from gateway.mapping.values.date_range import date_range
from gateway.mapping.values.kinds import kinded
from gateway.mapping.values.lens import Lens, Notes, Part, Type, Unreadable, text
from gateway.mapping.values.primitives import decimal, integer
from gateway.mapping.values.structures import deriving, structure


def _event(value: Any, notes: Notes) -> str:
    date_range(value)
    return str(value)


_repeat = structure(
    Part("boundsPeriod", "bounds", period),
    Part("boundsDuration", "bounds_length", quantity),
    Part("boundsRange", "bounds_range", span),
    Part("count", "count", integer),
    Part("countMax", "count_max", integer),
    Part("duration", "duration", decimal),
    Part("durationMax", "duration_max", decimal),
    Part("durationUnit", "duration_unit", text),
    Part("frequency", "frequency", integer),
    Part("frequencyMax", "frequency_max", integer),
    Part("period", "period", decimal),
    Part("periodMax", "period_max", decimal),
    Part("periodUnit", "period_unit", text),
    Part("dayOfWeek", "days_of_week", text, many=True),
    Part("timeOfDay", "times_of_day", time, many=True),
    Part("when", "events_of_day", text, many=True),
    Part("offset", "offset", integer),
)


def _bounds(document: dict[str, Any], notes: Notes) -> None:
    """Add `start` and `end`: those of the events, else those of the period within which the schedule repeats."""
    bounds: list[tuple[datetime, datetime]] = []
    for event in document.get("events", ()):
        try:
            bounds.append(date_range(event))
        except Unreadable:
            continue
    if bounds:
        document["start"], document["end"] = min(start for start, _ in bounds), max(end for _, end in bounds)
        return
    within = document.get("repeat", {}).get("bounds", {})
    document.update({side: within[side] for side in ("start", "end") if side in within})


timing = deriving(
    structure(
        Part("event", "events", Lens(_event, text.put, "text"), many=True),
        Part("repeat", "repeat", _repeat),
        Part("code", "code", concept),
    ),
    (start_part, end_part),
    _bounds,
)

TYPES = (
    Type("timing", {"Timing": timing}),
    Type(
        "when",
        {
            **dict.fromkeys(MOMENTS, kinded("moment", moment)),
            "Period": kinded("period", period),
            "Timing": kinded("timing", timing),
        },
    ),
)
