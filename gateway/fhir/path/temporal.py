"""Dates, date-times and times with the precision they are written in (https://hl7.org/fhirpath/N1/#date)."""

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
# A time without zone may be anywhere on earth: UTC+14 to UTC-12.
_EAST, _WEST = 14 * 60, -12 * 60


@dataclass(frozen=True, slots=True)
class Temporal:
    """`parts` are year, month, day, hour, minute, second (Decimal), as many as are written; of a time the last three.

    `zone` is the offset in minutes, None when not written.
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
    """Read `text` as a Date, DateTime or Time; None when it is none or names no real day or hour."""
    match = _PATTERN.fullmatch(text if kind != "Time" else text.removeprefix("T"))
    if match is None:
        return None
    names = ("hour", "minute", "second") if kind == "Time" else ("year", "month", "day", "hour", "minute", "second")
    given = [match[name] for name in names]
    parts = tuple(
        Decimal(part) if name == "second" else int(part) for name, part in zip(names, given, strict=True) if part
    )
    found = Temporal(kind, parts, _zone(match["zone"]))
    return found if _is_shaped(found, match, given) and _is_real(found) else None


def _is_shaped(found: Temporal, match: re.Match[str], given: list[str | None]) -> bool:
    if not found.parts or any(given[len(found.parts) :]):
        return False
    if found.kind == "Date":
        return len(found.parts) <= 3 and not match["t"] and found.zone is None
    if found.kind == "Time":
        return match["year"] is None and found.zone is None
    return (len(found.parts) <= 3 and found.zone is None) or (len(found.parts) > 3 and bool(match["t"]))


def _zone(text: str | None) -> int | None:
    if not text:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def _is_real(found: Temporal) -> bool:
    parts = found.parts if found.kind != "Time" else (*_LOWEST[:3], *found.parts)
    year, month, day, hour, minute, second = (*parts, *_LOWEST[len(parts) :])
    if second >= 61:
        return False
    try:
        datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))
    except ValueError:
        return False
    return True


def compare(left: Temporal, right: Temporal) -> int | None:
    """-1, 0, 1, or None where the written precision or a missing zone leaves it open.

    Seconds and milliseconds count as one precision. A Date compares with a DateTime as one of less precision.
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
    """(minutes since year 1 UTC, seconds) of the first or last instant that `value` may mean."""
    parts = value.parts if value.kind != "Time" else (*_LOWEST[:3], *value.parts)
    full = (*parts, *(highest(parts) if last else _LOWEST[len(parts) :]))
    date = datetime(int(full[0]), int(full[1]), int(full[2]))
    minutes = date.toordinal() * 1440 + int(full[3]) * 60 + int(full[4])
    return minutes - (zone if value.zone is None else value.zone), Decimal(full[5])


def _span(value: Temporal, both_open: bool) -> tuple[tuple[int, Decimal], tuple[int, Decimal]]:
    east, west = (0, 0) if both_open or value.kind == "Time" else (_EAST, _WEST)
    return moment(value, east), moment(value, west, last=True)


def highest(parts: tuple[int | Decimal, ...]) -> tuple[int | Decimal, ...]:
    """The highest values of the parts that follow the given date and time parts."""
    year, month = int(parts[0]), int(parts[1]) if len(parts) > 1 else 12
    following = (
        datetime(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else datetime(9999, 12, 31)
    )
    last_day = (following - timedelta(days=1)).day if (year, month) < (9999, 12) else 31
    return (year, 12, last_day, 23, 59, Decimal("59.999"))[len(parts) :]
