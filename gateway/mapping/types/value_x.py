"""Read and write value[x], whatever its FHIR type; `kind` says which (https://hl7.org/fhir/R4/observation.html).

`number` is always the number and `text` always the text. The other parts of each kind are those of its own type.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from gateway.mapping.types.codings import concept
from gateway.mapping.types.quantities import quantity, ratio, sampled, span
from gateway.mapping.types.times import moment, period, time
from gateway.mapping.values.kinds import KIND, WrongKind, kinded
from gateway.mapping.values.lens import Lens, Notes, Origins, Part, Type, Unwritable, text
from gateway.mapping.values.primitives import boolean, whole


def _single(kind: str, lens: Lens, under: str, convert: Callable[[Any], Any] = lambda value: value) -> Lens:
    """Return the lens of a kind whose value is a single one: it stands under the name `under`."""
    read, write = lens.get, lens.put
    assert write is not None

    def get(value: Any, notes: Notes) -> dict[str, Any] | None:
        single = read(value, notes)
        return None if single is None else {KIND: kind, under: convert(single)}

    def put(value: Any, raw: Any, origins: Origins) -> Any:
        if value.__class__ is not dict or value.get(KIND) != kind:
            raise WrongKind(kind)
        if value.keys() != {KIND, under}:
            raise Unwritable(f"must have kind and {under}, and nothing else: that is the kind {kind}")
        try:
            return write(value[under], raw, origins)
        except Unwritable as error:
            raise error.below(under) from None

    inner = replace(lens, leaf="number") if convert is Decimal else lens
    return Lens(get, put, parts=(Part("", KIND, text), Part("", under, inner)))


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
