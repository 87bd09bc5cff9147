"""The reference range of a resource: the one that applies to everybody, as numbers in the unit of its value.

https://hl7.org/fhir/R4/observation-definitions.html#Observation.referenceRange
"""

from typing import Any, NamedTuple

from gateway.mapping.quality import numbers
from gateway.mapping.quality.measure import Amount, Value, amount
from gateway.mapping.quality.scale import scale

_UNIT = ("unit", "code", "system")
_NORMAL = ("normal", "normal range", "reference range")


class Bounds(NamedTuple):
    """`open_ends`: the low or the high end is itself outside, as 60 is in ">60"."""

    low: Amount | None
    high: Amount | None
    open_ends: bool = False


def own(ranges: Any, value: Value, found: Amount) -> tuple[Bounds | None, bool]:
    """The one range that applies whoever the patient is, None when there is none, or more than one, or none that can be
    compared; and whether the sender gave any normal range at all, so that no other may take its place."""
    if ranges.__class__ is not list:
        return None, False
    given = [raw for raw in ranges if raw.__class__ is dict and _says(raw) and _normal(raw.get("type"))]
    everybody = [raw for raw in given if "appliesTo" not in raw and "age" not in raw]
    return (_bounds(everybody[0], value, found) if len(everybody) == 1 else None), bool(given)


def _says(raw: dict[str, Any]) -> bool:
    text = raw.get("text")
    return "low" in raw or "high" in raw or (text.__class__ is str and any(ch.isalnum() for ch in text))


def _normal(type_: Any) -> bool:
    """Not the range of a treatment, a pregnancy and so on."""
    if type_ is None:
        return True
    if type_.__class__ is not dict:
        return False
    codings = type_.get("coding")
    if codings.__class__ is list and codings:
        return all(coding.__class__ is dict and coding.get("code") == "normal" for coding in codings)
    text = type_.get("text")
    return text.__class__ is str and text.strip().casefold() in _NORMAL


def _bounds(raw: dict[str, Any], value: Value, found: Amount) -> Bounds | None:
    if "low" in raw or "high" in raw:
        made = Bounds(_end(raw.get("low"), value, found), _end(raw.get("high"), value, found))
    else:
        made = _written(raw["text"], value, found)
    ends = [end for end in (made.low, made.high) if end is not None]
    if not ends or any(end.scale.unit != found.scale.unit or end.comparator for end in ends):
        return None
    return None if made.low and made.high and less(made.high, made.low) else made


def _end(raw: Any, value: Value, found: Amount) -> Amount | None:
    """A number without any unit is in that of the value: HL7 v2, where such come from, has one for both (OBX-6)."""
    if raw.__class__ is dict and raw.keys().isdisjoint(_UNIT):
        bare = amount({**raw, "unit": found.scale.unit}, None)
        return None if bare is None else Amount(bare.sent, found.scale, bare.comparator)
    return amount(raw, value.code)


def _written(text: str, value: Value, found: Amount) -> Bounds:
    """3.5-5.0, < 200 mg/dL, >= 60: nothing else."""
    read = numbers.parse(text)
    if read is None or read.kind not in ("number", "range") or (read.kind == "number") != (read.comparator is not None):
        return Bounds(None, None)
    loinc = value.code.loinc if value.code else None
    measure = found.scale if read.unit is None else scale(loinc, None, None, read.unit)
    ends = [Amount(number, measure) for number in read.numbers]
    if read.comparator is None:
        return Bounds(ends[0], ends[1])
    open_ends = len(read.comparator) == 1
    return Bounds(None, ends[0], open_ends) if read.comparator[0] == "<" else Bounds(ends[0], None, open_ends)


def less(a: Amount, b: Amount) -> bool:
    """Compared as sent where the units are the same, exactly where they are not: never after rounding."""
    if a.scale is b.scale or (a.scale.power == 0 and b.scale.power == 0):
        return a.sent < b.sent
    return a.scale.exactly(a.sent) < b.scale.exactly(b.sent)
