"""Rows as files."""

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from gateway.fhir.view import Column, ViewError
from gateway.fhir.view.formats import FORMATS

COLUMNS = (Column("id", "id"), Column("ok", "boolean"), Column("v", "decimal"), Column("g", "string", True))
ROWS = [
    {"id": 'a,"b"\n', "ok": True, "v": Decimal("1.00"), "g": ["Ä", "b"]},
    {"id": "b", "ok": None, "v": None, "g": []},
]


def encoded(format_: str, columns: Sequence[Column] = COLUMNS, rows: Any = ROWS, header: bool = True) -> bytes:
    """In portions of one row."""
    encoder = FORMATS[format_].encoder(columns, header)
    return b"".join([*(encoder.rows([row]) for row in rows), encoder.end()])


def test_csv_quotes_what_needs_it_and_leaves_nothing_empty() -> None:
    lines = 'id,ok,v,g\n"a,""b""\n",true,1.00,"[""Ä"",""b""]"\nb,,,[]\n'
    assert encoded("csv").decode() == lines
    assert encoded("csv", header=False).decode() == lines.removeprefix("id,ok,v,g\n")


def test_csv_without_rows_still_has_its_header() -> None:
    assert encoded("csv", rows=[]) == b"id,ok,v,g\n"


def test_json_and_ndjson_keep_values_as_they_are() -> None:
    objects = ['{"id":"a,\\"b\\"\\n","ok":true,"v":1.00,"g":["Ä","b"]}', '{"id":"b","ok":null,"v":null,"g":[]}']
    assert encoded("ndjson").decode() == "".join(f"{line}\n" for line in objects)
    assert encoded("json").decode() == f"[{','.join(objects)}]"
    assert encoded("json", rows=[]) == b"[]"


def test_parquet_has_typed_columns_and_exact_decimals() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    table = parquet.read_table(io.BytesIO(encoded("parquet", rows=ROWS * 50)))
    assert [str(kind) for kind in table.schema.types] == [
        "string",
        "bool",
        "decimal128(38, 12)",
        "list<element: string>",
    ]
    assert table.to_pylist() == ROWS * 50
    assert parquet.read_table(io.BytesIO(encoded("parquet", rows=[]))).num_rows == 0


@pytest.mark.parametrize(
    ("type_", "value"),
    [("boolean", "true"), ("integer", "1"), ("integer", 2**40), ("decimal", Decimal("1e-13")), ("decimal", 10**30)],
)
def test_parquet_refuses_what_does_not_fit_its_column(type_: str, value: Any) -> None:
    pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    with pytest.raises(ViewError):
        encoded("parquet", [Column("x", type_)], [{"x": value}])
