"""Write rows as CSV (RFC 4180, but lines end with a newline alone).

A missing value is an empty cell. Lists and objects are JSON in a cell.
"""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gateway.fhir import fhir_json
from gateway.fhir.view.formats.format import Row, TableFormat
from gateway.fhir.view.view import Column


class CsvEncoder:
    """The encoder of one CSV file."""

    def __init__(self, columns: Sequence[Column], header: bool) -> None:
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator="\n")
        if header:
            self._writer.writerow([column.name for column in columns])

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return the rows as lines."""
        self._writer.writerows([[_cell(value) for value in row.values()] for row in rows])
        return self._written()

    def end(self) -> bytes:
        """Return nothing: a CSV file has no end of its own."""
        return self._written()

    def _written(self) -> bytes:
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text.encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | Decimal) else fhir_json.dump(value).decode()


FORMAT = TableFormat("text/csv", CsvEncoder)
