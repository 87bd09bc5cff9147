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
    "written",
    [
        *("12345678901234567890123456.123456789012", "-99999999999999999999999999.999999999999", "1E+25", "1.5E-3"),
        *("0.000000000001", "1.00000000000000000000", "0E-400", "0E+400", "1234567890123456789.0123456789", "7"),
    ],
)
def test_parquet_holds_every_decimal_of_26_digits_before_and_12_after_the_point(written: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    rows = [{"x": Decimal(written)}, {"x": None}]
    table = parquet.read_table(io.BytesIO(encoded("parquet", [Column("x", "decimal")], rows)))
    assert table.to_pylist() == rows


@pytest.mark.parametrize(
    ("type_", "value", "why"),
    [
        ("boolean", "true", "true, which is no boolean"),
        ("integer", "1", "1, which is no integer"),
        ("integer", 2**31, "2147483648, which does not fit into 32 bits"),
        ("positiveInt", -(2**31) - 1, "-2147483649, which does not fit into 32 bits"),
        ("decimal", Decimal("0.1234567890123"), "0.1234567890123, which has more than 12 digits after the point"),
        ("decimal", Decimal("9" * 26 + "." + "9" * 13), "which has more than 12 digits after the point"),
        ("decimal", Decimal("1E-400"), "which has more than 12 digits after the point"),
        ("decimal", 10**26, "100000000000000000000000000, which has more than 26 digits before the point"),
        ("decimal", "x", "x, which is no decimal"),
    ],
)
def test_parquet_names_the_value_and_the_column_that_do_not_fit(type_: str, value: Any, why: str) -> None:
    pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    for column, held in ((Column("x", type_), value), (Column("x", type_, True), [value])):
        with pytest.raises(ViewError) as caught:
            encoded("parquet", [column], [{"x": held}])
        assert caught.value.text.startswith("the column x holds ") and caught.value.text.endswith(why)
