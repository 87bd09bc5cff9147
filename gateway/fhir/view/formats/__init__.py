"""Rows -> bytes, one file per format, each with its media type and its encoder. Nothing else knows a format by name."""

from gateway.fhir.view.formats import csv, json, ndjson, parquet
from gateway.fhir.view.formats.format import Encoder, TableFormat

__all__ = ["FORMATS", "Encoder", "TableFormat"]

FORMATS: dict[str, TableFormat] = {
    "csv": csv.FORMAT,
    "json": json.FORMAT,
    "ndjson": ndjson.FORMAT,
    "parquet": parquet.FORMAT,
}
