"""value[x]: whatever was observed, told apart by `kind` (https://hl7.org/fhir/R4/observation.html).

`number` is always the number, `text` always the text, whatever the kind; the rest of each kind is that of its type.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.mapping.types.coded import concept
from gateway.mapping.types.primitives import boolean, integer
from gateway.mapping.types.quantities import quantity, ratio, sampled, span
from gateway.mapping.types.shape import Notes, Reader, Type, text
from gateway.mapping.types.times import moment, period, time


def _object(kind: str, read: Reader) -> Reader:
    """The parts of the value beside its kind."""

    def reader(value: Any, notes: Notes) -> dict[str, Any] | None:
        document = read(value, notes)
        return {"kind": kind, **document} if document else None

    return reader


def _single(kind: str, read: Reader, under: str, convert: Callable[[Any], Any] = lambda value: value) -> Reader:
    """A value without parts, under the name `under`."""

    def reader(value: Any, notes: Notes) -> dict[str, Any] | None:
        found = read(value, notes)
        return None if found is None else {"kind": kind, under: convert(found)}

    return reader


READERS: dict[str, Reader] = {
    "Quantity": _object("quantity", quantity),
    "CodeableConcept": _object("concept", concept),
    "string": _single("text", text, "text"),
    "boolean": _single("boolean", boolean, "boolean"),
    "integer": _single("integer", integer, "number", Decimal),
    "Range": _object("range", span),
    "Ratio": _object("ratio", ratio),
    "SampledData": _single("sampled_data", sampled, "sampled"),
    "time": _single("time", time, "text"),
    "dateTime": _object("moment", moment),
    "Period": _object("period", period),
}

TYPES = (Type("value", READERS),)
