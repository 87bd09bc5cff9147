"""Write rows in a file format. To add a format, add its module and its entry in FORMATS."""

from gateway.fhir.view.formats import csv, json, ndjson, parquet
from gateway.fhir.view.formats.format import Encoder, TableFormat

__all__ = ["FORMATS", "Encoder", "TableFormat"]

FORMATS: dict[str, TableFormat] = {
    "csv": csv.FORMAT,
    "json": json.FORMAT,
    "ndjson": ndjson.FORMAT,
    "parquet": parquet.FORMAT,
}
