"""Read what was measured, as a number in the canonical unit of its code. Nothing is guessed and nothing is repaired."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from gateway.mapping.quality import numbers, units
from gateway.mapping.quality.preferred import Codes, Preferred
from gateway.mapping.quality.scale import Scale, other, scale
from gateway.mapping.quality.text import PLACEHOLDERS
from gateway.mapping.values import memo
from gateway.mapping.values.lens import NodeCache, Notes, note_finding
from gateway.mapping.values.primitives import fit

COMPARATORS = frozenset({"<", "<=", ">=", ">"})
PRESSURES = ("8480-6", "8462-4")
_PANELS = frozenset({"85354-9", "55284-4"})
_MOST_DIGITS = 100  # no measured number has more digits before or after the point
_NO_VALUE = frozenset({"blank", "(none)", "(null)", "(blank)", "null", "n/a", "no value", "no data"})


class Amount(NamedTuple):
    """One number of a value: as sent, and the scale that makes it canonical."""

    sent: Decimal
    scale: Scale
    comparator: str | None = None

    @property
    def number(self) -> Decimal:
        """Return the canonical number."""
        return self.scale.of(self.sent)


class Value(NamedTuple):
    """The numbers of a value.

    low, high: the same amount for a single number; the ends of a range otherwise, None for an open end.
    text: what it was read from, if it was sent as text.
    number: the canonical number, if there is one number.
    plausible: whether the code can have that number; None if no limits are known.
    """

    code: Preferred | None
    low: Amount | None
    high: Amount | None
    text: str | None = None
    number: Decimal | None = None
    plausible: bool | None = None

    @property
    def single(self) -> Amount | None:
        """Return the only amount, None for a range."""
        return self.low if self.low is self.high else None


Values = Sequence[Value]


def _single(code: Preferred | None, found: Amount, text: str | None = None) -> Value:
    number = found.scale.of(found.sent)
    return Value(code, found, found, text, number, plausible(code, found, number))


class SharedReading:
    """The preferred code of a result and the numbers of its value, shared by all results with the same code and value.

    values: one number, or two for a blood pressure that was sent as text.
    views: what the views computed from these two alone. Documents share it, so nobody may change it.
    """

    __slots__ = ("code", "values", "views")

    def __init__(self, code: Preferred | None, values: Values) -> None:
        self.code, self.values = code, values
        self.views: dict[str | bytes, Any] = {}


class Observed:
    """An Observation or a component, read once for all views of it."""

    __slots__ = ("cache", "code", "codes", "node", "reading", "values")

    def __init__(self, node: dict[str, Any], codes: Codes, cache: NodeCache) -> None:
        self.node, self.codes, self.cache = node, codes, cache
        self.reading = reading = _reading(node, codes, cache)
        self.code, self.values = reading.code, reading.values


def _reading(node: dict[str, Any], codes: Codes, cache: NodeCache) -> SharedReading:
    concept, quantity = node.get("code"), node.get("valueQuantity")
    if concept.__class__ is not dict or quantity.__class__ is not dict:
        code = codes.preferred(concept)
        return SharedReading(code, _values(node, code))
    key = memo.member_json(concept, "code", cache), memo.member_json(quantity, "valueQuantity", cache)
    kept: SharedReading | None = codes.readings.get(key)
    if kept is not None:
        return kept
    code = codes.preferred(concept)
    reading = SharedReading(code, _values(node, code))
    if len(key[0]) + len(key[1]) <= memo.LONGEST:
        if len(codes.readings) >= memo.MOST:
            codes.readings.clear()
        codes.readings[key] = reading
    return reading


def observed(node: dict[str, Any], codes: Codes, cache: NodeCache) -> Observed:
    """Return what the first view of `node` read, for all views of it."""
    observation: Observed | None = cache.get(codes)
    if observation is None:
        observation = cache[codes] = Observed(node, codes, cache)
    return observation


def _values(node: dict[str, Any], code: Preferred | None) -> Values:
    raw = node.get("valueQuantity")
    if raw is not None:
        found = amount(raw, code)
        return () if found is None else (_single(code, found),)
    for key, read in _OTHERS.items():
        if key in node:
            return [*read(node[key], code)]
    return ()


def amount(raw: Any, code: Preferred | None) -> Amount | None:
    """Read a quantity measured for `code`, None if it has no number, or a number too large or small to be measured."""
    if raw.__class__ is not dict:
        return None
    get = raw.get
    number, comparator = get("value"), get("comparator")
    if number.__class__ is int:
        number = Decimal(number)
    elif number.__class__ is not Decimal:
        return None
    if not (number.is_finite() and -_MOST_DIGITS < number.adjusted() < _MOST_DIGITS) or (number := fit(number)) is None:
        return None
    try:
        if comparator is not None and comparator not in COMPARATORS:
            return None
        return Amount(number, scale(code.loinc if code else None, get("code"), get("system"), get("unit")), comparator)
    except TypeError:  # a list or an object in place of a text
        return None


def _integer(raw: Any, code: Preferred | None) -> Iterator[Value]:
    found = amount({"value": raw}, code) if raw.__class__ is int else None
    if found is not None and found.scale.unit is not None:  # a plain count needs no finding about its unit
        yield _single(code, found)


def _range(raw: Any, code: Preferred | None) -> Iterator[Value]:
    if raw.__class__ is dict:
        low, high = amount(raw.get("low"), code), amount(raw.get("high"), code)
        if low or high:
            yield Value(code, low, high)


def _from_text(text: Any, code: Preferred | None) -> Iterator[Value]:
    found = numbers.parse(text) if text.__class__ is str else None
    if found is None:
        return
    loinc = code.loinc if code else None
    if found.kind == "pressure":
        if loinc in _PANELS or found.unit is not None:
            for part, sent in zip(PRESSURES, found.numbers, strict=True):
                yield _pressure(part, sent, text)
        return
    known = code is not None and code.fact is not None and code.fact.unit is not None
    if not known and not numbers.known_unit(found.unit):
        return
    if found.kind in ("titer", "grade") and known:  # "1:8" is not a number of points, nor "2+" a number for pain
        wanted = code.fact.unit if code is not None and code.fact is not None else None
        if wanted != found.unit:
            return
    measure = scale(loinc, None, None, found.unit)
    amounts = [Amount(number, measure, found.comparator) for number in found.numbers]
    yield _single(code, amounts[0], text) if len(amounts) == 1 else Value(code, amounts[0], amounts[1], text)


_OTHERS = {"valueString": _from_text, "valueInteger": _integer, "valueRange": _range}
_CODES = Codes()


def _pressure(part: str, sent: Decimal, text: str) -> Value:
    code = _CODES.preferred({"coding": [{"system": "http://loinc.org", "code": part}]})
    found = Amount(sent, scale(part, "mm[Hg]", "UCUM", None))
    return _single(code, found, text)


def plausible(code: Preferred | None, found: Amount, number: Decimal) -> bool | None:
    """Return whether the code can have that canonical number, None if no limits are known.

    With a comparator, only the side that the number bounds is judged.
    """
    fact = code.fact if code else None
    if fact is None or found.scale.unit is None or (fact.least is None and fact.most is None):
        return None
    if found.comparator is None:
        return (fact.least is None or number >= fact.least) and (fact.most is None or number <= fact.most)
    if found.comparator[0] == "<":
        return fact.most is None or number <= fact.most
    return fact.least is None or number >= fact.least


def nines(number: Decimal) -> bool:
    """Return whether a number is all nines (999, 99.9, -9999): forms and devices write these for no value."""
    digits = number.as_tuple().digits
    return len(digits) > 1 and digits.count(9) == len(digits)


def measured(observation: Observed, notes: Notes) -> dict[str, Any] | None:
    """Return `{code, number | low, high, unit, comparator, derived, plausible, equivalent}`.

    None without a canonical number. A blood pressure that was sent as one text has `components` of that form instead.
    """
    read = observation.values
    if len(read) == 1:
        view = observation.reading.views.get("measured")
        if view is None:
            view_notes: Notes = []
            view = _document(read[0], view_notes, observation.node), view_notes
            observation.reading.views["measured"] = view
        notes += view[1]
        document: dict[str, Any] | None = view[0]
        return document
    if not read:
        _note_placeholder(observation, notes)
        return None
    parts = [part for value in read if (part := _document(value, notes, observation.node)) is not None]
    return {"components": parts, "derived": True}


def _note_placeholder(observation: Observed, notes: Notes) -> None:
    text, code = observation.node.get("valueString"), observation.code
    if text.__class__ is not str or (folded := text.strip().casefold()) not in PLACEHOLDERS:
        return
    if folded in _NO_VALUE or (code is not None and code.fact is not None and code.fact.unit is not None):
        note_finding(notes, "value", "value.placeholder", text, None)


def _unit_at(node: dict[str, Any]) -> str:
    """Return the path of the unit that was read, for findings about it; the path of the value if it has no unit."""
    raw, path = node.get("valueQuantity"), "value"
    if raw is None and (ends := node.get("valueRange")).__class__ is dict:
        side = "low" if ends.get("low") else "high"
        raw, path = ends.get(side), f"value.{side}"
    if raw.__class__ is not dict:
        return path
    code, text = raw.get("code"), raw.get("unit")
    if code.__class__ is str and (text.__class__ is not str or not text or raw.get("system") in units.UCUM):
        return f"{path}.code"
    return f"{path}.unit" if text.__class__ is str else path


def _document(value: Value, notes: Notes, node: dict[str, Any]) -> dict[str, Any] | None:
    low, high = value.low, value.high
    first = low or high
    if first is None:
        return None
    measure = first.scale
    if measure.rules:
        path = _unit_at(node)
        for rule, before, after in measure.rules:
            note_finding(notes, path, rule, before, after)
    if measure.unit is None or (low is not high and low and high and low.scale.unit != high.scale.unit):
        return None
    is_plausible = _is_plausible(value)
    if is_plausible is False and nines(first.sent):
        note_finding(notes, "value", "value.placeholder", first.sent, None)
        return None
    document: dict[str, Any] = {}
    if value.code is not None:
        system = {"system": value.code.system} if value.code.system else {}
        document["code"] = {**system, "code": value.code.code}
    if low is high:
        document["number"] = value.number
    else:
        document |= {side: found.number for side, found in (("low", low), ("high", high)) if found is not None}
    document["unit"] = measure.unit
    if first.comparator is not None:
        document["comparator"] = first.comparator
    if value.text is not None or measure.derived:
        document["derived"] = True
    if value.text is not None:
        note_finding(notes, "value", "value.text", value.text, first.sent)
    if is_plausible is not None:
        document["plausible"] = is_plausible
        if not is_plausible:
            note_finding(notes, "value", "value.implausible", first.sent, first.sent)
    if value.code and value.code.fact and value.code.fact.substance and low is high:
        _equivalent(value.code.code, document)
    return document


def _is_plausible(value: Value) -> bool | None:
    """Return whether the number, or both ends of a range, are plausible; None if that is not known."""
    if value.number is not None:
        return value.plausible
    judged = [plausible(value.code, end, end.number) for end in (value.low, value.high) if end is not None]
    return None if None in judged else all(judged)


def _equivalent(loinc: str, document: dict[str, Any]) -> None:
    """Add the same amount in the other unit in which its substance is reported: mmol/L beside mg/dL."""
    way = other(loinc)
    if way is not None:
        document["equivalent"] = {"number": way.of(document["number"]), "unit": way.unit}
