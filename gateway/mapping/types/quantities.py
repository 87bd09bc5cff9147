"""Read and write measured amounts: number and unit as sent, and the same amount in its canonical UCUM unit."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from gateway.fhir import quantities
from gateway.mapping.quality import units
from gateway.mapping.values.lens import Lens, Notes, Part, Type, read_nothing, text
from gateway.mapping.values.primitives import decimal, fit, integer
from gateway.mapping.values.structures import deriving, structure

UCUM = "http://unitsofmeasure.org"

_quantity = structure(
    Part("value", "number", decimal),
    Part("comparator", "comparator", text),
    Part("unit", "unit", text),
    Part("system", "system", text),
    Part("code", "code", text),
)


def _add_canonical(document: dict[str, Any], notes: Notes) -> None:
    """Add `canonical`, by which amounts are compared, if a UCUM code was sent. The unit is never guessed from text."""
    if document.get("system") != UCUM or "number" not in document or "code" not in document:
        return
    code, text = document["code"], document.get("unit")
    if units.ambiguous(code):
        notes.append(("code", f"{code} is read differently by UCUM and by people: not converted"))
    elif text and units.contradict(text, code):
        notes.append(("unit", "another unit than that of the code: not converted"))
    elif (canonical := _canonical(document["number"], code)) is not None:
        document["canonical"] = dict(canonical)
    else:
        notes.append(("code", "not a UCUM unit that can be converted"))


@lru_cache(maxsize=4096)
def _canonical(number: Decimal, code: str) -> dict[str, Any] | None:
    converted = quantities.canonical(number, code)
    if converted is None or (fitted := fit(converted[0])) is None:
        return None
    return {"number": fitted, "unit": converted[1]}


quantity = deriving(
    _quantity,
    (Part("", "canonical", Lens(read_nothing, parts=(Part("", "number", decimal), Part("", "unit", text)))),),
    _add_canonical,
)

span = structure(Part("low", "low", quantity), Part("high", "high", quantity))
ratio = structure(Part("numerator", "numerator", quantity), Part("denominator", "denominator", quantity))

# https://hl7.org/fhir/R4/datatypes.html#SampledData; `data` stays text
sampled = structure(
    Part("origin", "origin", quantity),
    Part("period", "period", decimal),
    Part("factor", "factor", decimal),
    Part("lowerLimit", "lower_limit", decimal),
    Part("upperLimit", "upper_limit", decimal),
    Part("dimensions", "dimensions", integer),
    Part("data", "data", text),
)

_AMOUNTS = ("Quantity", "SimpleQuantity", "MoneyQuantity", "Age", "Count", "Distance", "Duration")

TYPES = (
    Type("quantity", dict.fromkeys(_AMOUNTS, quantity)),
    Type("range", {"Range": span}),
    Type("ratio", {"Ratio": ratio}),
    Type("sampled_data", {"SampledData": sampled}),
)
