"""Read the text of a parameter by the kind of the field's values."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.errors import Malformed
from gateway.fhir import dates, fhir_json
from gateway.store.internal.filters import Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = 2**63
_DIGITS = 34  # of what MongoDB can hold


def _number(text: str) -> Any:
    try:
        value = fhir_json.parse_value(text)
    except Malformed:
        value = None
    if value.__class__ is int:
        value = Decimal(value)
    if value.__class__ is not Decimal or len(value.as_tuple().digits) > _DIGITS:
        raise ValueError("a number is due")
    return value


def _integer(text: str) -> int:
    value = _number(text)
    if value != value.to_integral_value() or not -_INT64 <= value < _INT64:
        raise ValueError("a whole number is due")
    return int(value)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false is due")
    return text == "true"


def _time(text: str) -> Span:
    """Return the range that the text leaves open: a date is the whole day in UTC. An unescaped + of a zone has become a
    blank.
    """
    try:
        low, high = dates.period(text.replace(" ", "+"))
        return Span(_instant(low // 1000), _instant(high // 1000 + 1))
    except (ValueError, OverflowError):
        raise ValueError("a date or time is due, such as 2026-01-31 or 2026-01-31T08:00:00Z") from None


def _instant(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _any(text: str) -> list[Any]:
    """Return all values that the text may mean."""
    found: list[Any] = [text]
    for read in (_boolean, _number):
        try:
            found.append(read(text))
        except ValueError:
            continue
    return found


READ: dict[str, Callable[[str], Any]] = {
    "text": str,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "time": _time,
    "any": _any,
}
"""Kind -> reader of its texts. A reader raises ValueError, which says what is expected."""
