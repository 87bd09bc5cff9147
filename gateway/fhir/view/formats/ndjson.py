"""Write rows as one JSON object per line (https://github.com/ndjson/ndjson-spec)."""

from collections.abc import Sequence

from gateway.fhir import fhir_json
from gateway.fhir.view.formats.format import Row, TableFormat
from gateway.fhir.view.view import Column


class NdjsonEncoder:
    """The encoder of lines of JSON."""

    def __init__(self, columns: Sequence[Column], header: bool) -> None:
        pass

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return the rows as lines."""
        return b"".join(fhir_json.dump(row) + b"\n" for row in rows)

    def end(self) -> bytes:
        """Return nothing: NDJSON has no end of its own."""
        return b""


FORMAT = TableFormat("application/x-ndjson", NdjsonEncoder)
