"""Write rows as Apache Parquet, through pyarrow (the extra `parquet`).

- boolean becomes bool, and an integer int32.
- decimal becomes decimal128(38, 12), with 26 digits before the point and 12 after it. A number that does not fit
  exactly is refused.
- Dates and times stay text, because they may be partial.
- Objects become JSON text, and the values of a column without a type text.

The error for a refused value shows the value and its column.
"""

import io
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from importlib import import_module
from typing import Any

from gateway.errors import ConfigurationError
from gateway.fhir import fhir_json
from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.formats.format import Row, TableFormat
from gateway.fhir.view.view import Column

_DIGITS, _SCALE = 38, 12
_HIGHEST = 2**31
_SHOWN = 60
_UNIT = Decimal(1).scaleb(-_SCALE)
_PLACE = "ViewDefinition.select"
_INTEGERS = ("integer", "positiveInt", "unsignedInt")


class ParquetEncoder:
    """The encoder of one Parquet file. Raises ConfigurationError if pyarrow is not installed."""

    def __init__(self, columns: Sequence[Column], header: bool) -> None:
        try:
            pyarrow: Any = import_module("pyarrow")
            parquet: Any = import_module("pyarrow.parquet")
        except ImportError:
            raise ConfigurationError("Parquet needs pyarrow: pip install 'fhir-interop-gateway[parquet]'") from None
        self._columns = columns
        self._table = pyarrow.Table.from_pydict
        self._schema = pyarrow.schema([(column.name, _arrow(pyarrow, column)) for column in columns])
        self._file = io.BytesIO()
        self._writer = parquet.ParquetWriter(self._file, self._schema)

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return the bytes that the rows add to the file."""
        if not rows:
            return b""
        values = {column.name: [_converted(row[column.name], column) for row in rows] for column in self._columns}
        self._writer.write_table(self._table(values, schema=self._schema))
        return self._written()

    def end(self) -> bytes:
        """Return the end of the file, with its index."""
        self._writer.close()
        return self._written()

    def _written(self) -> bytes:
        """Return the bytes written so far, and forget them: the writer only appends, and counts its position itself."""
        data = self._file.getvalue()
        self._file.seek(0)
        self._file.truncate()
        return data


def _arrow(pyarrow: Any, column: Column) -> Any:
    kinds = {"boolean": pyarrow.bool_(), "decimal": pyarrow.decimal128(_DIGITS, _SCALE)}
    kind = kinds.get(column.type) or (pyarrow.int32() if column.type in _INTEGERS else pyarrow.string())
    return pyarrow.list_(kind) if column.collection else kind


def _converted(value: Any, column: Column) -> Any:
    if column.collection:
        return [_item(item, column) for item in value or ()]
    return None if value is None else _item(value, column)


def _item(value: Any, column: Column) -> Any:
    convert: Callable[[Any], Any] = _CONVERT.get(column.type, _text)
    try:
        return convert(value)
    except (TypeError, ArithmeticError) as error:
        why = str(error) or f"is no {column.type}"
        raise ViewError(f"the column {column.name} holds {_text(value)[:_SHOWN]}, which {why}", _PLACE) from None


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    if not -_HIGHEST <= value < _HIGHEST:
        raise ArithmeticError("does not fit into 32 bits")
    return value


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError
    exact = Decimal(value)
    if exact and exact.adjusted() >= _DIGITS - _SCALE:
        raise ArithmeticError(f"has more than {_DIGITS - _SCALE} digits before the point")
    with localcontext() as context:
        context.prec = _DIGITS + 1  # one more, where rounding carries
        stored = exact.quantize(_UNIT) if exact else Decimal(0)
    if stored != exact:
        raise ArithmeticError(f"has more than {_SCALE} digits after the point")
    return stored


def _text(value: Any) -> str:
    return value if isinstance(value, str) else fhir_json.dump(value).decode()


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "decimal": _decimal,
    **dict.fromkeys(_INTEGERS, _integer),
}
FORMAT = TableFormat("application/vnd.apache.parquet", ParquetEncoder)
