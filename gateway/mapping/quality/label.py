"""Low, normal, high or critical: by the resource's own range, else the sender's judgement, else the default range."""

from decimal import Decimal
from functools import cache
from typing import Any

from gateway.mapping import recurring
from gateway.mapping.quality.bounds import Bounds, less, own
from gateway.mapping.quality.facts import facts
from gateway.mapping.quality.measure import Amount, Observed, Value
from gateway.mapping.quality.scale import Scale

# https://terminology.hl7.org/CodeSystem-v3-ObservationInterpretation.html (and the v2 table 0078 it comes from).
# HU and LU, "significantly" high and low, are beyond the range and not beyond what HL7 calls critical.
INTERPRETATIONS = {
    "N": "normal",
    "L": "low",
    "H": "high",
    "LU": "low",
    "HU": "high",
    "LL": "critical-low",
    "HH": "critical-high",
}
INTERPRETATION_SYSTEMS = frozenset(
    {
        None,
        "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
        "https://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
        "http://hl7.org/fhir/v3/ObservationInterpretation",
        "http://terminology.hl7.org/CodeSystem/v2-0078",
        "http://hl7.org/fhir/v2/0078",
        "urn:oid:2.16.840.1.113883.5.83",
        "urn:oid:2.16.840.1.113883.12.78",
    }
)
"""An H of any other system may be anything: haemolysed, held."""
_MOST_VIEWS = 16  # of one reading: what ranges the same number of the same code is sent with
_SIDES = {"low": "critical-low", "high": "critical-high"}


def label(of: Observed) -> dict[str, Any] | None:
    """`{level, by, for, low, high, unit}`, None where nothing can be compared: no number, an implausible one, no range.

    A number with a comparator has a label only when all that it leaves open falls on one side.
    """
    if "interpretation" in of.node:
        return _labelled(of)
    ranges, views = of.node.get("referenceRange"), of.reading.views
    key = b"" if ranges is None else recurring.told(ranges, "referenceRange", of.seen)
    if key in views:
        return views[key]  # type: ignore[no-any-return]
    made = _labelled(of)
    if len(views) < _MOST_VIEWS and len(key) <= recurring.LONGEST:
        views[key] = made
    return made


def _labelled(of: Observed) -> dict[str, Any] | None:
    node, read = of.node, of.values
    if len(read) > 1:  # the two pressures of one text: none of them speaks for both
        return _interpreted(node)
    found = read[0].single if read else None
    if found is None:
        return _interpreted(node)
    value = read[0]
    if value.plausible is False:
        return None
    if "referenceRange" not in node or found.scale.unit is None:
        return _interpreted(node) or _default(value, found)
    bounds, given = own(node["referenceRange"], value, found)
    labelled = _own(node, value, found, bounds) if bounds is not None else None
    return labelled or _interpreted(node) or (None if given else _default(value, found))


def _own(node: dict[str, Any], value: Value, found: Amount, bounds: Bounds) -> dict[str, Any] | None:
    level = _level(found, bounds)
    if level is None:
        return None
    return _document(_critical(level, node, value, found, bounds), "reference range", bounds, found.scale.unit or "")


def _level(found: Amount, bounds: Bounds) -> str | None:
    low, high, open_ends = bounds
    comparator = found.comparator
    if open_ends and comparator is None:
        if high is not None:
            return "normal" if less(found, high) else "high"
        return "normal" if low is not None and less(low, found) else "low"
    if comparator is None:
        if low is not None and less(found, low):
            return "low"
        return "high" if high is not None and less(high, found) else "normal"
    if comparator[0] == "<":
        if low is not None and (less(found, low) or (comparator == "<" and not less(low, found))):
            return "low"
        return "normal" if low is None and high is not None and not less(high, found) else None
    if high is not None and (less(high, found) or (comparator == ">" and not less(found, high))):
        return "high"
    return "normal" if high is None and low is not None and not less(found, low) else None


def _critical(level: str, node: dict[str, Any], value: Value, found: Amount, bounds: Bounds) -> str:
    """Beyond the critical limit of the code, or said so by the sender.

    The limits are those of adults. One that lies within the sender's own range (a pulse of 131 for a newborn) is not
    meant for this patient.
    """
    if level not in _SIDES:
        return level
    if "interpretation" in node and _said(node) == _SIDES[level]:
        return _SIDES[level]
    limit = _limit(value, found, level)
    if limit is None:
        return level
    end = bounds.low if level == "low" else bounds.high
    if end is not None and (end.number < limit if level == "low" else end.number > limit):
        return level
    return _SIDES[level] if _beyond(value, level, limit) else level


def _limit(value: Value, found: Amount, level: str) -> Decimal | None:
    fact = value.code.fact if value.code else None
    if fact is None or found.scale.unit != fact.unit:
        return None
    return fact.critical_low if level == "low" else fact.critical_high


def _beyond(value: Value, level: str, limit: Decimal) -> bool:
    number = value.number
    return number is not None and (number <= limit if level == "low" else number >= limit)


def _said(node: dict[str, Any]) -> str | None:
    """The sender's own judgement, when there is exactly one."""
    found = node.get("interpretation")
    if found.__class__ is not list:
        return None
    levels = set()
    for concept in found:
        codings = concept.get("coding") if concept.__class__ is dict else None
        for coding in codings if codings.__class__ is list else ():
            code, system = (coding.get("code"), coding.get("system")) if coding.__class__ is dict else (None, None)
            if code.__class__ is str and code in INTERPRETATIONS and _known(system):
                levels.add(INTERPRETATIONS[code])
    return levels.pop() if len(levels) == 1 else None


def _known(system: Any) -> bool:
    return (system is None or system.__class__ is str) and system in INTERPRETATION_SYSTEMS


def _interpreted(node: dict[str, Any]) -> dict[str, Any] | None:
    if "interpretation" not in node:
        return None
    said = _said(node)
    return {"level": said, "by": "interpretation"} if said is not None else None


def _default(value: Value, found: Amount) -> dict[str, Any] | None:
    """By the range of adults; where there is none (glucose, of which nobody knows after which meal), by the critical
    limits alone."""
    fact = value.code.fact if value.code else None
    if fact is None or fact.unit is None or found.scale.unit != fact.unit:
        return None
    for side, critical in _SIDES.items():
        limit = _limit(value, found, side)
        if limit is None or (found.comparator is not None and found.comparator[0] != ("<" if side == "low" else ">")):
            continue
        if _beyond(value, side, limit):
            return _by_default(fact.code, critical)
    bounds = _adults(fact.code)
    level = None if bounds is None else _level(found, bounds)
    return None if level is None else _by_default(fact.code, level)


@cache
def _adults(loinc: str) -> Bounds | None:
    """The default range of a code."""
    fact = facts()[loinc]
    return _pair(fact.unit, fact.low, fact.high)


def _pair(unit: str | None, low: Decimal | None, high: Decimal | None) -> Bounds | None:
    if unit is None or (low is None and high is None):
        return None
    same = Scale(unit, power=0)
    return Bounds(None if low is None else Amount(low, same), None if high is None else Amount(high, same))


@cache
def _by_default(loinc: str, level: str) -> dict[str, Any]:
    """Shared between documents: nobody may change it."""
    fact, bounds, by = facts()[loinc], _adults(loinc), "default range"
    if bounds is None:
        bounds, by = _pair(fact.unit, fact.critical_low, fact.critical_high), "critical limits"
    return _document(level, by, bounds or Bounds(None, None), fact.unit or "")


def _document(level: str, by: str, bounds: Bounds, unit: str) -> dict[str, Any]:
    document: dict[str, Any] = {"level": level, "by": by}
    if by != "reference range":
        document["for"] = "adults"
    for side, bound in (("low", bounds.low), ("high", bounds.high)):
        if bound is not None:
            document[side] = bound.number
    document["unit"] = unit
    return document
