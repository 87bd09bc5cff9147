"""value[x]: whatever was observed, told apart by `kind` (https://hl7.org/fhir/R4/observation.html).

`number` is always the number, `text` always the text, whatever the kind; the rest of each kind is that of its type.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from gateway.mapping.types.codings import concept
from gateway.mapping.types.quantities import quantity, ratio, sampled, span
from gateway.mapping.types.times import moment, period, time
from gateway.mapping.values.kinds import KIND, kinded
from gateway.mapping.values.lens import Lens, Notes, Origins, Part, Type, Unwritable, text
from gateway.mapping.values.primitives import boolean, whole


def _single(kind: str, lens: Lens, under: str, convert: Callable[[Any], Any] = lambda value: value) -> Lens:
    """A value without parts, under the name `under`."""
    read, write = lens.get, lens.put
    assert write is not None

    def get(value: Any, notes: Notes) -> dict[str, Any] | None:
        found = read(value, notes)
        return None if found is None else {"kind": kind, under: convert(found)}

    def put(value: Any, raw: Any, origins: Origins) -> Any:
        if value.__class__ is not dict or value.get("kind") != kind:
            raise Unwritable(kind, KIND)
        if value.keys() != {"kind", under}:
            raise Unwritable(f"the kind {kind} has a value in {under}, and nothing else")
        try:
            return write(value[under], raw, origins)
        except Unwritable as error:
            raise error.below(under) from None

    inner = replace(lens, leaf="number") if convert is Decimal else lens
    return Lens(get, put, parts=(Part("", "kind", text), Part("", under, inner)))


LENSES: dict[str, Lens] = {
    "Quantity": kinded("quantity", quantity),
    "CodeableConcept": kinded("concept", concept),
    "string": _single("text", text, "text"),
    "boolean": _single("boolean", boolean, "boolean"),
    "integer": _single("integer", whole, "number", Decimal),
    "Range": kinded("range", span),
    "Ratio": kinded("ratio", ratio),
    "SampledData": _single("sampled_data", sampled, "sampled"),
    "time": _single("time", time, "text"),
    "dateTime": kinded("moment", moment),
    "Period": kinded("period", period),
}

TYPES = (Type("value", LENSES),)
