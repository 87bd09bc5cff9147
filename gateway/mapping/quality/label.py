"""Low, normal, high or critical: by the resource's own range, else the sender's judgement, else the default range."""

from functools import cache
from typing import Any, NamedTuple

from gateway.mapping.quality.facts import facts
from gateway.mapping.quality.measure import Amount, Observed, Value, amount
from gateway.mapping.quality.scale import Scale

MEANINGS = frozenset({"http://terminology.hl7.org/CodeSystem/referencerange-meaning"})

# http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation (and the v2 table 0078 it comes from)
INTERPRETATIONS = {
    "N": "normal",
    "L": "low",
    "H": "high",
    "LU": "critical-low",
    "HU": "critical-high",
    "LL": "critical-low",
    "HH": "critical-high",
}
_SIDES = {"low": "critical-low", "high": "critical-high"}


class Bounds(NamedTuple):
    low: Amount | None
    high: Amount | None


def label(of: Observed) -> dict[str, Any] | None:
    """`{level, by, low, high, unit}`, None where nothing can be compared: no number, an implausible one, no range.

    A number with a comparator has a label only when all that it leaves open falls on one side.
    """
    node, read = of.node, of.values
    found = read[0].single if read else None
    if found is None:
        return _interpreted(node)
    value = read[0]
    if value.plausible is False:
        return None
    return _own(node, value, found) or _interpreted(node) or _default(value, found)


def _own(node: dict[str, Any], value: Value, found: Amount) -> dict[str, Any] | None:
    ranges = node.get("referenceRange")
    if ranges is None or found.scale.unit is None:
        return None
    bounds = _bounds(ranges, value)
    if bounds is None:
        return None
    level = _level(found, bounds)
    if level is None:
        return None
    return _document(_critical(level, node, value, found), "reference range", bounds, found.scale.unit)


def _bounds(ranges: Any, value: Value) -> Bounds | None:
    """The one range that applies whoever the patient is; None when there is none, or more than one."""
    if ranges.__class__ is not list:
        return None
    found = [raw for raw in ranges if raw.__class__ is dict and _applies(raw)]
    if len(found) != 1:
        return None
    low, high = amount(found[0].get("low"), value.code), amount(found[0].get("high"), value.code)
    bounds = [bound for bound in (low, high) if bound is not None]
    unit = value.single.scale.unit if value.single else None
    if not bounds or any(bound.scale.unit != unit or bound.comparator for bound in bounds):
        return None
    return None if low and high and _less(high, low) else Bounds(low, high)


def _applies(raw: dict[str, Any]) -> bool:
    """A normal range for everybody: what is for an age, a sex or a treatment cannot be judged here."""
    if "appliesTo" in raw or "age" in raw or ("low" not in raw and "high" not in raw):
        return False
    type_ = raw.get("type")
    if type_ is None:
        return True
    if type_.__class__ is not dict:
        return False
    codings = type_.get("coding")
    if codings.__class__ is list and codings:
        return all(coding.__class__ is dict and coding.get("code") == "normal" for coding in codings)
    text = type_.get("text")
    return text.__class__ is str and text.strip().casefold() in ("normal", "normal range", "reference range")


def _level(found: Amount, bounds: Bounds) -> str | None:
    low, high = bounds
    comparator = found.comparator
    if comparator is None:
        if low is not None and _less(found, low):
            return "low"
        return "high" if high is not None and _less(high, found) else "normal"
    if comparator[0] == "<":
        if low is not None and (_less(found, low) or (comparator == "<" and not _less(low, found))):
            return "low"
        return "normal" if low is None and high is not None and not _less(high, found) else None
    if high is not None and (_less(high, found) or (comparator == ">" and not _less(found, high))):
        return "high"
    return "normal" if high is None and low is not None and not _less(found, low) else None


def _less(a: Amount, b: Amount) -> bool:
    """Compared as sent where the units are the same, exactly where they are not: never after rounding."""
    if a.scale is b.scale or (a.scale.power == 0 and b.scale.power == 0):
        return a.sent < b.sent
    return a.scale.exactly(a.sent) < b.scale.exactly(b.sent)


def _critical(level: str, node: dict[str, Any], value: Value, found: Amount) -> str:
    """Beyond the critical limit of the code, or said so by the sender."""
    if level not in _SIDES:
        return level
    if "interpretation" in node and _said(node) == _SIDES[level]:
        return _SIDES[level]
    fact, number = value.code.fact if value.code else None, value.number
    if fact is None or number is None or found.scale.unit != fact.unit:
        return level
    limit = fact.critical_low if level == "low" else fact.critical_high
    if limit is None:
        return level
    beyond = number <= limit if level == "low" else number >= limit
    return _SIDES[level] if beyond else level


def _said(node: dict[str, Any]) -> str | None:
    """The sender's own judgement, when there is exactly one."""
    found = node.get("interpretation")
    if found.__class__ is not list:
        return None
    levels = set()
    for concept in found:
        codings = concept.get("coding") if concept.__class__ is dict else None
        for coding in codings if codings.__class__ is list else ():
            code = coding.get("code") if coding.__class__ is dict else None
            if code.__class__ is str and code in INTERPRETATIONS:
                levels.add(INTERPRETATIONS[code])
    return levels.pop() if len(levels) == 1 else None


def _interpreted(node: dict[str, Any]) -> dict[str, Any] | None:
    if "interpretation" not in node:
        return None
    said = _said(node)
    return {"level": said, "by": "interpretation"} if said is not None else None


def _default(value: Value, found: Amount) -> dict[str, Any] | None:
    fact = value.code.fact if value.code else None
    if fact is None or fact.unit is None or found.scale.unit != fact.unit:
        return None
    bounds = _adults(fact.code)
    if bounds is None:
        return None
    level = _level(found, bounds)
    return None if level is None else _by_default(fact.code, _critical(level, {}, value, found))


@cache
def _adults(loinc: str) -> Bounds | None:
    """The default range of a code."""
    fact = facts()[loinc]
    if fact.unit is None or (fact.low is None and fact.high is None):
        return None
    same = Scale(fact.unit, power=0)
    low, high = (None if end is None else Amount(end, same) for end in (fact.low, fact.high))
    return Bounds(low, high)


@cache
def _by_default(loinc: str, level: str) -> dict[str, Any]:
    """Shared between documents: nobody may change it."""
    bounds, unit = _adults(loinc), facts()[loinc].unit
    return _document(level, "default range", bounds or Bounds(None, None), unit or "")


def _document(level: str, by: str, bounds: Bounds, unit: str) -> dict[str, Any]:
    document: dict[str, Any] = {"level": level, "by": by}
    for side, bound in (("low", bounds.low), ("high", bounds.high)):
        if bound is not None:
            document[side] = bound.number
    document["unit"] = unit
    return document
