"""Parse and compare dates, date-times and times with their precision (https://hl7.org/fhirpath/N1/#date)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

_PATTERN = re.compile(
    r"(?:(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?)?"
    r"(?:(?P<t>T)?(?P<hour>\d\d)?(?::(?P<minute>\d\d)(?::(?P<second>\d\d(?:\.\d+)?))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?"
)
_LOWEST = (1, 1, 1, 0, 0, Decimal(0))
# The time zones on earth, in minutes. A time without a zone may be in any of them.
_EAST, _WEST = 14 * 60, -12 * 60


@dataclass(frozen=True, slots=True)
class Temporal:
    """A date, date-time or time, as written.

    kind: Date, DateTime or Time.
    parts: year, month, day, hour, minute and second (a Decimal), as many as are written. A Time begins with the hour.
    zone: the offset from UTC in minutes, None if not written.
    """

    kind: str
    parts: tuple[int | Decimal, ...]
    zone: int | None = None

    def __str__(self) -> str:
        names = "".join(_SEPARATORS[self.kind][i] + _digits(part, i, self.kind) for i, part in enumerate(self.parts))
        mark = "T" if self.kind == "DateTime" and len(self.parts) <= 3 and self.zone is not None else ""
        return names + mark + _zone_text(self.zone)


_SEPARATORS = {"Date": ("", "-", "-"), "DateTime": ("", "-", "-", "T", ":", ":"), "Time": ("", ":", ":")}


def _digits(part: int | Decimal, index: int, kind: str) -> str:
    if isinstance(part, Decimal):
        return f"{part:f}" if part >= 10 else f"0{part:f}"
    return f"{part:04d}" if index == 0 and kind != "Time" else f"{part:02d}"


def _zone_text(zone: int | None) -> str:
    if zone is None:
        return ""
    if zone == 0:
        return "Z"
    return f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02d}:{abs(zone) % 60:02d}"


@lru_cache(maxsize=4096)
def parse(text: str, kind: str) -> Temporal | None:
    """Parse `text` as a Date, DateTime or Time. Return None for any other text, and for a day or hour that is not."""
    match = _PATTERN.fullmatch(text if kind != "Time" else text.removeprefix("T"))
    if match is None:
        return None
    names = ("hour", "minute", "second") if kind == "Time" else ("year", "month", "day", "hour", "minute", "second")
    written = [match[name] for name in names]
    parts = tuple(
        Decimal(part) if name == "second" else int(part) for name, part in zip(names, written, strict=True) if part
    )
    value = Temporal(kind, parts, _zone(match["zone"]))
    return value if _is_shaped(value, match, written) and _is_real(value) else None


def _is_shaped(value: Temporal, match: re.Match[str], written: list[str | None]) -> bool:
    """Tell whether no part is missing between others, and whether the kind may have these parts and a zone."""
    if not value.parts or any(written[len(value.parts) :]):
        return False
    if value.kind == "Date":
        return len(value.parts) <= 3 and not match["t"] and value.zone is None
    if value.kind == "Time":
        return match["year"] is None and value.zone is None
    return (len(value.parts) <= 3 and value.zone is None) or (len(value.parts) > 3 and bool(match["t"]))


def _zone(text: str | None) -> int | None:
    if not text:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def _is_real(value: Temporal) -> bool:
    parts = value.parts if value.kind != "Time" else (*_LOWEST[:3], *value.parts)
    year, month, day, hour, minute, second = (*parts, *_LOWEST[len(parts) :])
    if second >= 61:  # :60 is a leap second
        return False
    try:
        datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))
    except ValueError:
        return False
    return True


def compare(left: Temporal, right: Temporal) -> int | None:
    """Return -1, 0 or 1, or None if the precision or a missing zone leaves the order open.

    Seconds and milliseconds are one precision. A Date compares with a DateTime as a DateTime of less precision.
    """
    if (left.kind == "Time") != (right.kind == "Time"):
        return None
    if len(left.parts) == len(right.parts) and (left.zone is None) == (right.zone is None):
        return _order(moment(left), moment(right))
    both_open = left.zone is None and right.zone is None
    low_left, high_left = _span(left, both_open)
    low_right, high_right = _span(right, both_open)
    if high_left < low_right:
        return -1
    return 1 if low_left > high_right else None


def _order(left: tuple[int, Decimal], right: tuple[int, Decimal]) -> int:
    return (left > right) - (left < right)


def moment(value: Temporal, zone: int = 0, *, last: bool = False) -> tuple[int, Decimal]:
    """Return the first instant that `value` may mean, or with `last` the last one, as (minutes since year 1, seconds).

    `zone` is the offset of a value without a zone.
    """
    parts = value.parts if value.kind != "Time" else (*_LOWEST[:3], *value.parts)
    full = (*parts, *(highest(parts) if last else _LOWEST[len(parts) :]))
    date = datetime(int(full[0]), int(full[1]), int(full[2]))
    minutes = date.toordinal() * 1440 + int(full[3]) * 60 + int(full[4])
    return minutes - (zone if value.zone is None else value.zone), Decimal(full[5])


def _span(value: Temporal, both_open: bool) -> tuple[tuple[int, Decimal], tuple[int, Decimal]]:
    east, west = (0, 0) if both_open or value.kind == "Time" else (_EAST, _WEST)
    return moment(value, east), moment(value, west, last=True)


def highest(parts: tuple[int | Decimal, ...]) -> tuple[int | Decimal, ...]:
    """Return the highest values of the parts that are missing after `parts`, which begin with the year."""
    year, month = int(parts[0]), int(parts[1]) if len(parts) > 1 else 12
    following = (
        datetime(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else datetime(9999, 12, 31)
    )
    last_day = (following - timedelta(days=1)).day if (year, month) < (9999, 12) else 31
    return (year, 12, last_day, 23, 59, Decimal("59.999"))[len(parts) :]
