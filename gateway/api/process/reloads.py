"""What became of the mapping files since the start: told by gateway.reload, shown by gateway.api.internal.mappings."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Reloads:
    """`loaded`: when those in use were taken up, `milliseconds` what it took. `error`: why the files as they are now
    were refused, and since when; None when they are in use."""

    loaded: datetime = field(default_factory=_now)
    milliseconds: float | None = None
    error: str | None = None
    error_at: datetime | None = None

    def taken(self, milliseconds: float) -> None:
        self.loaded, self.milliseconds = _now(), milliseconds
        self.mended()

    def refused(self, text: str) -> bool:
        """Whether that is news."""
        if text == self.error:
            return False
        self.error, self.error_at = text, _now()
        return True

    def mended(self) -> None:
        self.error = self.error_at = None
