"""Compare amounts with the ends of normal ranges, and find the range of a resource that applies to everybody.

https://hl7.org/fhir/R4/observation-definitions.html#Observation.referenceRange
"""

from typing import Any, NamedTuple

from gateway.mapping.quality import numbers
from gateway.mapping.quality.measure import Amount, Value, amount
from gateway.mapping.quality.scale import scale

_UNIT = ("unit", "code", "system")
_NORMAL = ("normal", "normal range", "reference range")


class Edge(NamedTuple):
    """One end of a range. `outside`: the end itself is abnormal, as 60 is in ">60"."""

    amount: Amount
    outside: bool = False


class Bounds(NamedTuple):
    """A range; an end that is None is open."""

    low: Edge | None
    high: Edge | None


def less(a: Amount, b: Amount) -> bool:
    """Compare as sent if the units are the same, else after exact conversion; never after rounding."""
    if a.scale is b.scale or (a.scale.power == 0 and b.scale.power == 0):
        return a.sent < b.sent
    return a.scale.exactly(a.sent) < b.scale.exactly(b.sent)


def below(found: Amount, edge: Edge) -> bool:
    """Return whether every number that `found` may stand for is abnormally low; `<5` may stand for many numbers."""
    end, outside = edge
    if found.comparator == "<":
        return not less(end, found)
    return (found.comparator is None or found.comparator == "<=") and _lower(found, end, outside)


def above(found: Amount, edge: Edge) -> bool:
    """Return whether every number that `found` may stand for is abnormally high."""
    end, outside = edge
    if found.comparator == ">":
        return not less(found, end)
    return (found.comparator is None or found.comparator == ">=") and _lower(end, found, outside)


def within(found: Amount, bounds: Bounds) -> bool:
    """Return whether every number that `found` may stand for is normal."""
    return (bounds.low is None or _from(found, bounds.low)) and (bounds.high is None or _up_to(found, bounds.high))


def _from(found: Amount, low: Edge) -> bool:
    if found.comparator == ">":
        return not less(found, low.amount)
    return found.comparator in (None, ">=") and not _lower(found, low.amount, low.outside)


def _up_to(found: Amount, high: Edge) -> bool:
    if found.comparator == "<":
        return not less(high.amount, found)
    return found.comparator in (None, "<=") and not _lower(high.amount, found, high.outside)


def _lower(a: Amount, b: Amount, or_equal: bool) -> bool:
    return not less(b, a) if or_equal else less(a, b)


def normal_range(ranges: Any, value: Value, found: Amount) -> tuple[Bounds | None, bool]:
    """Return the only normal range that applies to every patient, None unless exactly one does and can be compared;
    and whether the sender gave any normal range, which no other may then replace."""
    if ranges.__class__ is dict:  # a single range in place of a list is a common mistake
        ranges = [ranges]
    if ranges.__class__ is not list:
        return None, False
    given = [raw for raw in ranges if raw.__class__ is dict and _has_content(raw) and _normal(raw.get("type"))]
    everybody = [raw for raw in given if "appliesTo" not in raw and "age" not in raw]
    return (_bounds(everybody[0], value, found) if len(everybody) == 1 else None), bool(given)


def _has_content(raw: dict[str, Any]) -> bool:
    text = raw.get("text")
    return "low" in raw or "high" in raw or (text.__class__ is str and any(ch.isalnum() for ch in text))


def _normal(type_: Any) -> bool:
    """Return whether a range is a normal one, and not that of a treatment, a pregnancy and so on."""
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
    sides = [side for side in ("low", "high") if side in raw]
    if sides:
        made = Bounds(*(_end(raw[side], value, found) if side in sides else None for side in ("low", "high")))
    else:
        made = _written(raw["text"], value, found)
    ends = [end.amount for end in made if end is not None]
    if len(ends) < len(sides):  # an end that cannot be read must not count as open
        return None
    if not ends or any(end.scale.unit != found.scale.unit or end.comparator for end in ends):
        return None
    return None if made.low and made.high and less(made.high.amount, made.low.amount) else made


def _end(raw: Any, value: Value, found: Amount) -> Edge | None:
    """Read one end of a range. A number without a unit is in the unit of the value.

    HL7 v2, from which such ranges come, has one unit for both (OBX-6).
    """
    if raw.__class__ is dict and raw.keys().isdisjoint(_UNIT):
        bare = amount({**raw, "unit": found.scale.unit}, None)
        return None if bare is None else Edge(Amount(bare.sent, found.scale, bare.comparator))
    read = amount(raw, value.code)
    return None if read is None else Edge(read)


def _written(text: str, value: Value, found: Amount) -> Bounds:
    """Read a range from its text: 3.5-5.0, < 200 mg/dL or >= 60. Anything else gives a range with two open ends."""
    read = numbers.parse(text)
    if read is None or read.kind not in ("number", "range") or (read.kind == "number") != (read.comparator is not None):
        return Bounds(None, None)
    loinc = value.code.loinc if value.code else None
    measure = found.scale if read.unit is None else scale(loinc, None, None, read.unit)
    ends = [Amount(number, measure) for number in read.numbers]
    if read.comparator is None:
        return Bounds(Edge(ends[0]), Edge(ends[1]))
    end = Edge(ends[0], outside=len(read.comparator) == 1)
    return Bounds(None, end) if read.comparator[0] == "<" else Bounds(end, None)
