"""Quantities with their units: https://hl7.org/fhir/R4/search.html#quantity

Entries are `{p, lo, hi, c, s, u}` with code, system and unit as sent. A value with a UCUM code has a second entry with
`p` = `parameter|base unit` and the value in base units, so that a search for 5.4 g/L finds 540 mg/dL.
"""

from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import Any

from gateway.fhir import quantities
from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import refuse
from gateway.search.notation.tokens import Filter
from gateway.search.notation.values import fields
from gateway.search.types import number

FIELD = "q"
MODIFIERS: frozenset[str] = frozenset()
UCUM = "http://unitsofmeasure.org"
CURRENCY = "urn:iso:std:iso:4217"
present = number.present


def index(name: str, kind: str, value: Any) -> list[dict[str, Any]]:
    """Return the index entries of quantities (see SearchType)."""
    if not isinstance(value, dict):
        return number.index(name, kind, value)
    if kind == "Range":
        return _entries(name, value.get("low", {}).get("value"), value.get("high", {}).get("value"), _any_end(value))
    if kind == "Money":
        value = {"value": value.get("value"), "code": value.get("currency"), "system": CURRENCY}
    amount = value.get("value")
    if not isinstance(amount, int | Decimal) or isinstance(amount, bool):
        return []
    # "<5" may be anything below: https://hl7.org/fhir/R4/valueset-quantity-comparator.html
    comparator = value.get("comparator", "")
    return _entries(name, None if "<" in comparator else amount, None if ">" in comparator else amount, value)


def _any_end(value: dict[str, Any]) -> dict[str, Any]:
    """Return the end of a Range that has a unit."""
    return next((value[end] for end in ("low", "high") if "code" in value.get(end, ())), {})


def _entries(name: str, lo: Any, hi: Any, unit: dict[str, Any]) -> list[dict[str, Any]]:
    if lo is None and hi is None:
        return []
    code, system = unit.get("code"), unit.get("system")
    entry: dict[str, Any] = {"p": name, **_bounds(lo, hi)}
    entry |= {key: unit[of] for key, of in (("c", "code"), ("s", "system"), ("u", "unit")) if of in unit}
    if not isinstance(code, str) or system != UCUM:
        return [entry]
    base = _canonical(lo, hi, code)
    return [entry] if base is None else [entry, {"p": f"{name}|{base[2]}", **_bounds(*base[:2])}]


def _bounds(lo: Any, hi: Any) -> dict[str, float]:
    return {"lo": -inf if lo is None else number.double(lo), "hi": inf if hi is None else number.double(hi)}


def _canonical(lo: Any, hi: Any, code: str) -> tuple[Any, Any, str] | None:
    """Return both ends in base units, and the unit; None if the code cannot be converted."""
    scale = _scale(code)
    if scale is None:
        return None
    zero, one, base = scale
    return None if lo is None else zero + one * lo, None if hi is None else zero + one * hi, base


@lru_cache(maxsize=4096)
def _scale(code: str) -> tuple[Decimal, Decimal, str] | None:
    """Return the zero of a unit in base units, the size of one, and the base unit. All UCUM units here are linear."""
    zero, one = quantities.canonical(Decimal(0), code), quantities.canonical(Decimal(1), code)
    return (zero[0], one[0] - zero[0], zero[1]) if zero and one else None


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for quantities (see SearchType)."""
    written = fields(value)
    if len(written) not in (1, 3):
        raise refuse(parameter.name, value, "a number or number|system|code")
    prefix, lo, hi = number.parse(parameter.name, written[0])
    _, system, code = (*written, "", "")[:3] if len(written) == 1 else written
    base = _canonical(lo, hi, code) if system == UCUM and code else None
    if base is not None:
        return _matching(f"{name}|{base[2]}", number.comparison(prefix, base[0], base[1]), {})
    return _matching(name, number.comparison(prefix, lo, hi), _unit(system, code))


def _unit(system: str, code: str) -> Filter:
    if system:
        return {"s": system, "c": code} if code else {"s": system}
    return {"$or": [{"c": code}, {"u": code}]} if code else {}


def _matching(name: str, comparison: Filter, unit: Filter) -> Filter:
    """Return the filter of an entry. Both conditions may have an `$or`, so they are joined by `$and`."""
    return {"q": {"$elemMatch": {"p": name, "$and": [comparison, unit]} if unit else {"p": name, **comparison}}}
