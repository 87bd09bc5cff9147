"""How far the pull of one type has come: a small record, and the rules by which it moves. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from gateway.fhir.dates import format_instant, parse_instant
from gateway.fhir.fhir_json import Resource


@dataclass(frozen=True, slots=True)
class Mark:
    """cursor: the greatest lastUpdated of the last complete crawl. next: the page to go on with, high: the greatest
    lastUpdated of the present crawl. rising: pages came in the order asked for, so that `high` can be gone on from.
    dated: the partner knows _lastUpdated. Instants as text, None if there is none."""

    cursor: str | None = None
    next: str | None = None
    high: str | None = None
    rising: bool = True
    dated: bool = True

    def since(self, overlap: float) -> str | None:
        """The instant to ask from: `overlap` seconds early, for what was being committed there when we last asked."""
        start = self.high if self.high is not None and self.rising else self.cursor
        return format_instant(parse_instant(start) - timedelta(seconds=overlap)) if start else None

    def after(self, resources: Iterable[Resource], following: str | None, now: datetime) -> Self:
        """One page further. A time in the future is not believed: it would hide all that comes until then."""
        times = [min(at, now) for resource in resources if (at := updated(resource))]
        before = parse_instant(self.high) if self.high else None
        rising = self.rising and times == sorted(times) and (not times or before is None or times[0] >= before)
        high = max([*times, *([before] if before else [])], default=None)
        return replace(self, next=following, high=text(high) if high else None, rising=rising)

    def restarted(self) -> Self:
        """The page context is gone: on from the last page that was committed, if pages come in order."""
        return replace(self, next=None, high=self.high if self.rising and self.dated else None, rising=True)

    def undated(self) -> Self:
        return replace(self, dated=False)

    def finished(self) -> Self:
        """The crawl is complete; whether the partner has learnt _lastUpdated is asked anew next time."""
        cursors = [parse_instant(one) for one in (self.cursor, self.high) if one]
        return type(self)(cursor=text(max(cursors)) if cursors else None)

    def record(self, base_url: str) -> dict[str, Any]:
        return {
            "base_url": base_url,
            "cursor": self.cursor,
            "next": self.next,
            "high": self.high,
            "rising": self.rising,
            "dated": self.dated,
        }


def load(record: Any, base_url: str) -> Mark:
    """The mark of an earlier run; a fresh one if the partner is another server by now."""
    if not isinstance(record, dict) or record.get("base_url") != base_url:
        return Mark()
    return Mark(**{key: value for key, value in record.items() if key != "base_url"})


def updated(resource: Resource) -> datetime | None:
    meta = resource.get("meta")
    written = meta.get("lastUpdated") if isinstance(meta, dict) else None
    try:
        return parse_instant(written) if isinstance(written, str) else None
    except ValueError:
        return None


def text(moment: datetime) -> str:
    return format_instant(moment.astimezone(UTC))
