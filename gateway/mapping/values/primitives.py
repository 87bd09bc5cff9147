"""Read and write the single values: text, code, boolean, integer and decimal."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, InvalidOperation, Overflow
from typing import Any

from gateway.fhir.path.xhtml import is_narrative
from gateway.mapping.values.lens import Lens, Notes, Origins, Type, Unreadable, Unwritable, text

_TRAPS = [InvalidOperation, Overflow]
# MongoDB's decimal (IEEE 754 decimal128) and its largest integer.
_DECIMAL128 = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, clamp=1, traps=_TRAPS)
_INT64 = 2**63


def _boolean(value: Any, notes: Notes) -> bool:
    if value.__class__ is not bool:
        raise Unreadable("neither true nor false")
    return bool(value)


def _put_boolean(value: Any, raw: Any, origins: Origins) -> bool:
    if value.__class__ is not bool:
        raise Unwritable("must be true or false")
    return bool(value)


def _integer(value: Any, notes: Notes) -> int:
    if value.__class__ is not int:
        raise Unreadable("not a whole number")
    if not -_INT64 <= value < _INT64:
        raise Unreadable("a whole number of more than 64 bits")
    return int(value)


def _put_integer(value: Any, raw: Any, origins: Origins) -> int:
    if value.__class__ is not int or not -_INT64 <= value < _INT64:
        raise Unwritable("must be a whole number of at most 64 bits")
    return int(value)


def _put_whole(value: Any, raw: Any, origins: Origins) -> int:
    """Write a whole number that the document holds as a decimal."""
    if value.__class__ is Decimal and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    return _put_integer(value, raw, origins)


def _decimal(value: Any, notes: Notes) -> Decimal:
    """Read a number with the precision sent. A number of more than 34 digits is rounded, which is noted."""
    if value.__class__ is int:
        value = Decimal(value)
    elif value.__class__ is not Decimal or not value.is_finite():
        raise Unreadable("not a number")
    fitted = fit(value)
    if fitted is None:
        raise Unreadable("a number out of range")
    if fitted != value:
        notes.append(("", "rounded to 34 digits"))
    return fitted


def _put_decimal(value: Any, raw: Any, origins: Origins) -> Decimal | int:
    if value.__class__ not in (Decimal, int) or (value.__class__ is Decimal and not value.is_finite()):
        raise Unwritable("must be a number")
    if fit(Decimal(value)) != value:
        raise Unwritable("must be a number of at most 34 digits")
    number: Decimal | int = value
    return number


def fit(value: Decimal) -> Decimal | None:
    """Return the nearest number that MongoDB can hold, None if the number is out of its range."""
    try:
        return _DECIMAL128.create_decimal(value)
    except DecimalException:
        return None


def _put_narrative(value: Any, raw: Any, origins: Origins) -> str:
    if value.__class__ is not str or not is_narrative(value):
        raise Unwritable("must be a div of XHTML with only what FHIR allows (https://hl7.org/fhir/R4/narrative.html)")
    return str(value)


narrative = Lens(text.get, _put_narrative, "text")
boolean = Lens(_boolean, _put_boolean, "boolean")
integer = Lens(_integer, _put_integer, "integer")
whole = Lens(_integer, _put_whole, "integer")
decimal = Lens(_decimal, _put_decimal, "number")

_STRINGS = ("string", "markdown", "code", "id", "uri", "url", "canonical", "oid", "uuid", "base64Binary")
_WHOLE = ("integer", "positiveInt", "unsignedInt")

TYPES = (
    Type("text", {**dict.fromkeys(_STRINGS, text), "xhtml": narrative}),
    Type("code", dict.fromkeys(("code", "id", "uri", "string"), text)),
    Type("boolean", {"boolean": boolean}),
    Type("integer", dict.fromkeys(_WHOLE, integer)),
    Type("decimal", dict.fromkeys(("decimal", *_WHOLE), decimal)),
)
