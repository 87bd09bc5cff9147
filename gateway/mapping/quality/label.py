"""Label a result as low, normal, high or critical.

The range of the resource decides, else the judgment of the sender, else the default range of the code.
"""

from functools import cache
from typing import Any

from gateway.mapping.quality.bounds import Bounds, Edge, above, below, less, normal_range, within
from gateway.mapping.quality.facts import Fact, facts
from gateway.mapping.quality.interpretation import interpreted
from gateway.mapping.quality.limits import Limit
from gateway.mapping.quality.measure import Amount, Observed, Value
from gateway.mapping.quality.population import excluded
from gateway.mapping.quality.scale import Scale
from gateway.mapping.values import memo

_MOST_VIEWS = 16  # how many labels are kept for one reading: the same result is sent with different ranges
_CRITICAL = {"low": "critical-low", "high": "critical-high"}
_BEYOND = {"low": below, "high": above}
_NO_BOUNDS = Bounds(None, None)


def label(observation: Observed) -> dict[str, Any] | None:
    """Return `{level, by, for, low, high, unit}`, None if there is no number, no range, or an implausible number.

    A number with a comparator (`<5`) has a label only if every number that it may stand for has the same.
    """
    other = excluded(observation.node)
    if other or "interpretation" in observation.node:
        return _labeled(observation, adult=not other)
    ranges, views = observation.node.get("referenceRange"), observation.reading.views
    key = b"" if ranges is None else memo.member_json(ranges, "referenceRange", observation.cache)
    if key in views:
        return views[key]  # type: ignore[no-any-return]
    document = _labeled(observation, adult=True)
    if len(views) < _MOST_VIEWS and len(key) <= memo.LONGEST:
        views[key] = document
    return document


def _labeled(observation: Observed, *, adult: bool) -> dict[str, Any] | None:
    """Judge by the first source that can; the limits of the table count only if `adult`."""
    node, read = observation.node, observation.values
    found = read[0].single if len(read) == 1 else None  # the two pressures of one text have no common label
    if found is None:
        return _interpreted(node)
    value = read[0]
    if value.plausible is False:
        return None
    fact = _fact(value, found)
    judging = fact if adult else None
    if "referenceRange" not in node or found.scale.unit is None:
        return _interpreted(node) or _default(judging, found)
    bounds, given = normal_range(node["referenceRange"], value, found)
    if bounds is not None and fact is not None and _is_scale(bounds, fact):
        bounds, given = None, False
    labeled = _by_own_range(node, judging, found, bounds) if bounds is not None else None
    return labeled or _interpreted(node) or (None if given else _default(judging, found))


def _fact(value: Value, found: Amount) -> Fact | None:
    """Return the facts of the code, None unless there are some and the number is in their unit."""
    fact = value.code.fact if value.code else None
    return fact if fact is not None and fact.unit is not None and found.scale.unit == fact.unit else None


def _is_scale(bounds: Bounds, fact: Fact) -> bool:
    """Return whether a range is the whole scale of the code (3 to 15 of a Glasgow coma score), not what is normal."""
    least, most = (None if end is None else Amount(end, Scale(fact.unit, power=0)) for end in (fact.least, fact.most))
    if bounds.low is None or bounds.high is None or least is None or most is None:
        return False
    return not less(least, bounds.low.amount) and not less(bounds.high.amount, most)


def _level(found: Amount, bounds: Bounds) -> str | None:
    if bounds.low is not None and below(found, bounds.low):
        return "low"
    if bounds.high is not None and above(found, bounds.high):
        return "high"
    return "normal" if within(found, bounds) else None


def _by_own_range(node: dict[str, Any], fact: Fact | None, found: Amount, bounds: Bounds) -> dict[str, Any] | None:
    """Judge by the range of the resource, and by the critical limit of the code if that lies beyond the range.

    A critical limit within the range (131 for a newborn with 100 to 160) does not apply to this patient.
    """
    level = _level(found, bounds)
    if level not in _CRITICAL:
        return None if level is None else _document(level, "reference range", bounds, found.scale.unit)
    critical = _CRITICAL[level]
    if interpreted(node) == critical:
        return _document(critical, "reference range", bounds, found.scale.unit)
    if not _is_critical(fact, level, found) or _within_range(fact, level, bounds):
        return _document(level, "reference range", bounds, found.scale.unit)
    return _document(critical, "reference range", bounds, found.scale.unit, adults=True)


def _is_critical(fact: Fact | None, level: str, found: Amount) -> bool:
    """Return whether the number is beyond the critical limit of its code on this side."""
    edge = None if fact is None else _side(level, _critical(fact.code))
    return edge is not None and _BEYOND[level](found, edge)


def _within_range(fact: Fact | None, level: str, bounds: Bounds) -> bool:
    """Return whether the sender's own range reaches further than the critical limit."""
    end = _side(level, bounds)
    limit = None if fact is None else fact.critical_low if level == "low" else fact.critical_high
    if end is None or fact is None or limit is None:
        return False
    number = Amount(limit.number, Scale(fact.unit, power=0))
    return less(end.amount, number) if level == "low" else less(number, end.amount)


def _side(level: str, bounds: Bounds) -> Edge | None:
    return bounds.low if level == "low" else bounds.high


def _interpreted(node: dict[str, Any]) -> dict[str, Any] | None:
    level = interpreted(node) if "interpretation" in node else None
    return None if level is None else {"level": level, "by": "interpretation"}


def _default(fact: Fact | None, found: Amount) -> dict[str, Any] | None:
    """Judge by the range of adults, or by the critical limits alone if there is no range (glucose, which depends on the
    last meal)."""
    if fact is None:
        return None
    for level, critical in _CRITICAL.items():
        if _is_critical(fact, level, found):
            return _by_default(fact.code, critical)
    bounds = _adults(fact.code)
    judged = None if bounds == _NO_BOUNDS else _level(found, bounds)
    return None if judged is None else _by_default(fact.code, judged)


@cache
def _adults(loinc: str) -> Bounds:
    """Return the default range of a code."""
    fact = facts()[loinc]
    return Bounds(_edge(fact, fact.low), _edge(fact, fact.high))


@cache
def _critical(loinc: str) -> Bounds:
    """Return the critical limits of a code."""
    fact = facts()[loinc]
    return Bounds(_edge(fact, fact.critical_low), _edge(fact, fact.critical_high))


def _edge(fact: Fact, limit: Limit | None) -> Edge | None:
    return None if limit is None else Edge(Amount(limit.edge, Scale(fact.unit, power=0)), limit.outside)


@cache
def _by_default(loinc: str, level: str) -> dict[str, Any]:
    """Return the label of a level by the table. Documents share it, so it must not be changed."""
    fact, by = facts()[loinc], "default range"
    limits = fact.low, fact.high
    if limits == (None, None):
        limits, by = (fact.critical_low, fact.critical_high), "critical limits"
    document: dict[str, Any] = {"level": level, "by": by, "for": "adults"}
    document |= {side: end.number for side, end in zip(("low", "high"), limits, strict=True) if end is not None}
    return {**document, "unit": fact.unit}


def _document(level: str, by: str, bounds: Bounds, unit: str | None, *, adults: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = {"level": level, "by": by}
    if adults:
        document["for"] = "adults"
    document |= {side: end.amount.number for side, end in zip(("low", "high"), bounds, strict=True) if end is not None}
    return {**document, "unit": unit}
