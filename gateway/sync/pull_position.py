"""Record how far the pull of one type has come, and move that position by rules. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from gateway.fhir.dates import format_instant, parse_instant
from gateway.fhir.fhir_json import Resource


@dataclass(frozen=True, slots=True)
class PullPosition:
    """The position of a pull. Instants are text, None if unknown.

    cursor: the greatest lastUpdated of the last complete crawl.
    next: the page to continue with.
    high: the greatest lastUpdated of the present crawl.
    rising: whether pages came in the requested order, so that the crawl can continue from `high`.
    dated: whether the partner supports _lastUpdated.
    """

    cursor: str | None = None
    next: str | None = None
    high: str | None = None
    rising: bool = True
    dated: bool = True

    def since(self, overlap: float) -> str | None:
        """Return the instant to ask from: `overlap` seconds early, for what was being committed at the last request."""
        start = self.high if self.high is not None and self.rising else self.cursor
        return format_instant(parse_instant(start) - timedelta(seconds=overlap)) if start else None

    def after(self, resources: Iterable[Resource], following: str | None, now: datetime) -> Self:
        """Return the position one page further. A time in the future is ignored: it would hide all until then."""
        times = [min(at, now) for resource in resources if (at := updated(resource))]
        before = parse_instant(self.high) if self.high else None
        rising = self.rising and times == sorted(times) and (not times or before is None or times[0] >= before)
        high = max([*times, *([before] if before else [])], default=None)
        return replace(self, next=following, high=text(high) if high else None, rising=rising)

    def restarted(self) -> Self:
        """Return the position to start from when the page context is gone: the last committed page, if pages come in
        order.
        """
        return replace(self, next=None, high=self.high if self.rising and self.dated else None, rising=True)

    def undated(self) -> Self:
        """Return the position for a partner without _lastUpdated."""
        return replace(self, dated=False)

    def finished(self) -> Self:
        """Return the position after a complete crawl. Whether the partner supports _lastUpdated is tried again next
        time.
        """
        cursors = [parse_instant(one) for one in (self.cursor, self.high) if one]
        return type(self)(cursor=text(max(cursors)) if cursors else None)

    def record(self, base_url: str) -> dict[str, Any]:
        """Return what to store."""
        return {
            "base_url": base_url,
            "cursor": self.cursor,
            "next": self.next,
            "high": self.high,
            "rising": self.rising,
            "dated": self.dated,
        }


def load(record: Any, base_url: str) -> PullPosition:
    """Return the position of an earlier run; a fresh one if the partner is another server by now."""
    if not isinstance(record, dict) or record.get("base_url") != base_url:
        return PullPosition()
    return PullPosition(**{key: value for key, value in record.items() if key != "base_url"})


def updated(resource: Resource) -> datetime | None:
    """Return meta.lastUpdated, None if it is missing or invalid."""
    meta = resource.get("meta")
    written = meta.get("lastUpdated") if isinstance(meta, dict) else None
    try:
        return parse_instant(written) if isinstance(written, str) else None
    except ValueError:
        return None


def text(moment: datetime) -> str:
    """Return the moment as an instant in UTC."""
    return format_instant(moment.astimezone(UTC))
