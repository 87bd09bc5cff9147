"""One JSON object per line (https://github.com/ndjson/ndjson-spec); decimals as written."""

from collections.abc import Sequence

from gateway.fhir import fhir_json
from gateway.fhir.view.formats.format import Format, Row
from gateway.fhir.view.view import Column


class Ndjson:
    def __init__(self, columns: Sequence[Column], header: bool) -> None:
        pass

    def rows(self, rows: Sequence[Row]) -> bytes:
        return b"".join(fhir_json.dump(row) + b"\n" for row in rows)

    def end(self) -> bytes:
        return b""


FORMAT = Format("application/x-ndjson", Ndjson)
