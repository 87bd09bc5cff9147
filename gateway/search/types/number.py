"""Numbers and their written precision: https://hl7.org/fhir/R4/search.html#number

Entries are `{p, lo, hi}` as doubles, both ends included. A stored number is a point; a searched one is the range that
its digits leave open: 5.4 is 5.35 to just below 5.45. Prefixes other than eq, ne and ap take it as exactly what is
written.
"""

import math
import re
from decimal import Decimal
from typing import Any

from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import COMPARISONS, prefixed, refuse
from gateway.search.notation.tokens import Filter, starting
from gateway.search.notation.values import unescape

FIELD = "q"
MODIFIERS: frozenset[str] = frozenset()
_WRITTEN = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_ROUNDED = {"eq", "ne"}


def index(name: str, kind: str, value: Any) -> list[dict[str, Any]]:
    """Return the index entries of numbers (see SearchType)."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return [{"p": name, "lo": double(value), "hi": double(value)}]
    return []


def double(value: int | Decimal) -> float:
    """Return the nearest double, which is infinite for too large a number."""
    return float(Decimal(value))


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for numbers (see SearchType)."""
    prefix, lo, hi = parse(parameter.name, unescape(value))
    return {"q": {"$elemMatch": {"p": name, **comparison(prefix, lo, hi)}}}


def parse(name: str, value: str) -> tuple[str, Decimal, Decimal]:
    """Return the prefix of a value and its range, which for eq and ne leaves out its upper end. Raises BadRequest."""
    prefix, written = prefixed(value.strip())
    if not _WRITTEN.fullmatch(written):
        raise refuse(name, value, "a number such as 5.4, ge5.40 or 5e2")
    number = Decimal(written)
    if prefix == "ap":
        margin = abs(number) / 10
    elif prefix in _ROUNDED:
        margin = _half_a_digit(number)
    else:
        margin = Decimal(0)
    return prefix, number - margin, number + margin


def _half_a_digit(number: Decimal) -> Decimal:
    """Return half of the last digit. In HL7's own example 1e2 means 95 to 105: one digit more than is written."""
    exponent = int(number.as_tuple().exponent)
    return Decimal(5).scaleb(exponent - 1 if exponent <= 0 else exponent - 2)


def comparison(prefix: str, lo: Decimal, hi: Decimal) -> Filter:
    """Return the comparison of stored ranges with a searched one.

    Where `hi` is not included, the double below it is. A number with more digits than a double has is still equal to
    itself.
    """
    if prefix not in _ROUNDED:
        return COMPARISONS[prefix](float(lo), float(hi))
    itself = float((lo + hi) / 2)
    return COMPARISONS[prefix](min(float(lo), itself), max(math.nextafter(float(hi), -math.inf), itself))


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return {"$or": [{"q": {"$elemMatch": {"p": name}}}, starting(f"{name}|")]}
