"""What a format is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.fhir.view.view import Column

Row = dict[str, Any]


class Encoder(Protocol):
    """Rows in portions, so that a table of any length needs little memory. All returned bytes together are the file."""

    def rows(self, rows: Sequence[Row]) -> bytes: ...

    def end(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class TableFormat:
    """`encoder(columns, header)`; `header` matters to CSV alone."""

    media: str
    encoder: Callable[[Sequence[Column], bool], Encoder]
