"""Remember the reloads of mapping files: `gateway.reload` reports them, `/internal/mappings` shows them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Reloads:
    """The last reloads.

    loaded: when the mappings in use were loaded.
    milliseconds: how long loading took.
    error: why the present files were refused, and since when; None if they are in use.
    """

    loaded: datetime = field(default_factory=_now)
    milliseconds: float | None = None
    error: str | None = None
    error_at: datetime | None = None

    def taken(self, milliseconds: float) -> None:
        """Note that the files are in use."""
        self.loaded, self.milliseconds = _now(), milliseconds
        self.mended()

    def refused(self, text: str) -> bool:
        """Note why the files were refused; return whether the reason is new."""
        if text == self.error:
            return False
        self.error, self.error_at = text, _now()
        return True

    def mended(self) -> None:
        """Note that the files are again those in use."""
        self.error = self.error_at = None
