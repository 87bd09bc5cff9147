"""The types that each format provides. Apart, because the formats and their table share them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.fhir.view.view import Column

Row = dict[str, Any]


class Encoder(Protocol):
    """A writer of one file, which gets the rows in portions, so that a long table needs little memory.

    The file is all returned bytes in order.
    """

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return the bytes that these rows add."""

    def end(self) -> bytes:
        """Return the last bytes of the file."""


@dataclass(frozen=True, slots=True)
class TableFormat:
    """A format: its media type, and `encoder(columns, header)`. Only CSV uses `header`."""

    media: str
    encoder: Callable[[Sequence[Column], bool], Encoder]
