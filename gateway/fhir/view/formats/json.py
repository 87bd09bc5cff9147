"""Write rows as one JSON array of objects."""

from collections.abc import Sequence

from gateway.fhir import fhir_json
from gateway.fhir.view.formats.format import Row, TableFormat
from gateway.fhir.view.view import Column


class JsonEncoder:
    """The encoder of one JSON array."""

    def __init__(self, columns: Sequence[Column], header: bool) -> None:
        self._before = b"["

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return the rows as items of the array."""
        if not rows:
            return b""
        before, self._before = self._before, b","
        return before + b",".join(fhir_json.dump(row) for row in rows)

    def end(self) -> bytes:
        """Return the end of the array."""
        return b"[]" if self._before == b"[" else b"]"


FORMAT = TableFormat("application/json", JsonEncoder)
