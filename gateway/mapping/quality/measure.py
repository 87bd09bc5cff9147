"""What was measured, as a number in the one canonical unit of its code. Nothing is guessed and nothing repaired."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from gateway.mapping.quality import numbers, units
from gateway.mapping.quality.preferred import Codes, Preferred
from gateway.mapping.quality.scale import Scale, other, scale
from gateway.mapping.quality.text import PLACEHOLDERS
from gateway.mapping.values import memo
from gateway.mapping.values.lens import Notes, Seen, finding
from gateway.mapping.values.primitives import fit

COMPARATORS = frozenset({"<", "<=", ">=", ">"})
PRESSURES = ("8480-6", "8462-4")
_PANELS = frozenset({"85354-9", "55284-4"})
_FAR = 100  # nothing measured is of a size of more digits
_NO_VALUE = frozenset({"blank", "(none)", "(null)", "(blank)", "null", "n/a", "no value", "no data"})


class Amount(NamedTuple):
    """One number of a value: as sent, and how it becomes canonical."""

    sent: Decimal
    scale: Scale
    comparator: str | None = None

    @property
    def number(self) -> Decimal:
        return self.scale.of(self.sent)


class Value(NamedTuple):
    """The numbers of a value: one, or the low and the high end of a range (None: open).

    `number` is the canonical one and `plausible` its judgement, if there is one number.
    """

    code: Preferred | None
    low: Amount | None
    high: Amount | None
    text: str | None = None
    number: Decimal | None = None
    plausible: bool | None = None

    @property
    def single(self) -> Amount | None:
        return self.low if self.low is self.high else None


Values = Sequence[Value]


def _single(code: Preferred | None, found: Amount, text: str | None = None) -> Value:
    number = found.scale.of(found.sent)
    return Value(code, found, found, text, number, plausible(code, found, number))


class Reading:
    """The preferred code, and the numbers of the value: one, or two for a blood pressure sent as text.

    `views` is what views made of these two alone. A quantity of one code comes again and again, and with it its
    reading: what is in there is shared between documents, nobody may change it.
    """

    __slots__ = ("code", "values", "views")

    def __init__(self, code: Preferred | None, values: Values) -> None:
        self.code, self.values = code, values
        self.views: dict[str | bytes, Any] = {}


class Observed:
    """An Observation or a component, read once for all views of it."""

    __slots__ = ("code", "codes", "node", "reading", "seen", "values")

    def __init__(self, node: dict[str, Any], codes: Codes, seen: Seen) -> None:
        self.node, self.codes, self.seen = node, codes, seen
        self.reading = reading = _reading(node, codes, seen)
        self.code, self.values = reading.code, reading.values


def _reading(node: dict[str, Any], codes: Codes, seen: Seen) -> Reading:
    concept, quantity = node.get("code"), node.get("valueQuantity")
    if concept.__class__ is not dict or quantity.__class__ is not dict:
        code = codes.preferred(concept)
        return Reading(code, _values(node, code))
    key = memo.told(concept, "code", seen), memo.told(quantity, "valueQuantity", seen)
    known: Reading | None = codes.readings.get(key)
    if known is not None:
        return known
    code = codes.preferred(concept)
    made = Reading(code, _values(node, code))
    if len(key[0]) + len(key[1]) <= memo.LONGEST:
        if len(codes.readings) >= memo.MOST:
            codes.readings.clear()
        codes.readings[key] = made
    return made


def observed(node: dict[str, Any], codes: Codes, seen: Seen) -> Observed:
    """What the first view of `node` read, for the others."""
    found: Observed | None = seen.get(codes)
    if found is None:
        found = seen[codes] = Observed(node, codes, seen)
    return found


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
    """A quantity of what `code` names; None without a number, or with one that nothing measured can have."""
    if raw.__class__ is not dict:
        return None
    get = raw.get
    number, comparator = get("value"), get("comparator")
    if number.__class__ is int:
        number = Decimal(number)
    elif number.__class__ is not Decimal:
        return None
    if not (number.is_finite() and -_FAR < number.adjusted() < _FAR) or (number := fit(number)) is None:
        return None
    try:
        if comparator is not None and comparator not in COMPARATORS:
            return None
        return Amount(number, scale(code.loinc if code else None, get("code"), get("system"), get("unit")), comparator)
    except TypeError:  # a list or an object where a text is due
        return None


def _integer(raw: Any, code: Preferred | None) -> Iterator[Value]:
    found = amount({"value": raw}, code) if raw.__class__ is int else None
    if found is not None and found.scale.unit is not None:  # a mere count needs no finding
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
    if found.kind in ("titer", "grade") and known:  # 1:8 of a score and 2+ of a pain are no numbers of them
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
    """Whether the code can have that (canonical) number, None when no limits are known; an open side is not judged."""
    fact = code.fact if code else None
    if fact is None or found.scale.unit is None or (fact.least is None and fact.most is None):
        return None
    if found.comparator is None:
        return (fact.least is None or number >= fact.least) and (fact.most is None or number <= fact.most)
    if found.comparator[0] == "<":
        return fact.most is None or number <= fact.most
    return fact.least is None or number >= fact.least


def nines(number: Decimal) -> bool:
    """999, 99.9, -9999: what forms and devices write for no value."""
    digits = number.as_tuple().digits
    return len(digits) > 1 and digits.count(9) == len(digits)


def measured(of: Observed, notes: Notes) -> dict[str, Any] | None:
    """`{code, number | low, high, unit, comparator, derived, plausible, equivalent}`, None without a canonical number.

    A blood pressure sent as one text has `components` of that form instead.
    """
    read = of.values
    if len(read) == 1:
        made = of.reading.views.get("measured")
        if made is None:
            found: Notes = []
            made = of.reading.views["measured"] = _document(read[0], found, of.node), found
        notes += made[1]
        document: dict[str, Any] | None = made[0]
        return document
    if not read:
        _nothing(of, notes)
        return None
    parts = [part for value in read if (part := _document(value, notes, of.node)) is not None]
    return {"components": parts, "derived": True}


def _nothing(of: Observed, notes: Notes) -> None:
    text, code = of.node.get("valueString"), of.code
    if text.__class__ is not str or (folded := text.strip().casefold()) not in PLACEHOLDERS:
        return
    if folded in _NO_VALUE or (code is not None and code.fact is not None and code.fact.unit is not None):
        finding(notes, "value", "value.placeholder", text, None)


def _unit_at(node: dict[str, Any]) -> str:
    """Where the unit stands that was read, so that a finding about it leads there; the value itself where none does."""
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
            finding(notes, path, rule, before, after)
    if measure.unit is None or (low is not high and low and high and low.scale.unit != high.scale.unit):
        return None
    judged = _judged(value)
    if judged is False and nines(first.sent):
        finding(notes, "value", "value.placeholder", first.sent, None)
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
        finding(notes, "value", "value.text", value.text, first.sent)
    if judged is not None:
        document["plausible"] = judged
        if not judged:
            finding(notes, "value", "value.implausible", first.sent, first.sent)
    if value.code and value.code.fact and value.code.fact.substance and low is high:
        _equivalent(value.code.code, document)
    return document


def _judged(value: Value) -> bool | None:
    """Of both ends of a range, if it is one."""
    if value.number is not None:
        return value.plausible
    judged = [plausible(value.code, end, end.number) for end in (value.low, value.high) if end is not None]
    return None if None in judged else all(judged)


def _equivalent(loinc: str, document: dict[str, Any]) -> None:
    """The same amount the other way its substance is reported: mmol/L beside mg/dL."""
    way = other(loinc)
    if way is not None:
        document["equivalent"] = {"number": way.of(document["number"]), "unit": way.unit}
