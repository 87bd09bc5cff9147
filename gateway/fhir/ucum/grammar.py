"""Parse UCUM expressions such as `mL/min/{1.73_m2}`, `10*3/uL`, `kg.m2/s2` and `/(2.h)`.

https://ucum.org/ucum#section-Syntax-Rules
"""

import re
from fractions import Fraction
from functools import lru_cache

from gateway.fhir.ucum.atoms import ATOMS, METRIC, PREFIXES
from gateway.fhir.ucum.unit import UcumUnit

_ONE = UcumUnit(Fraction(1))
_NOTE = r"\{[!-z|~]*\}"  # "the full range of characters 33-126", without braces
_COMPONENT = re.compile(
    rf"(?P<note>{_NOTE})|(?P<power10>10[*^])(?P<exp10>[+-]?\d+)?(?:{_NOTE})?"
    r"|(?P<number>\d+)(?![\d*^])|(?P<atom>(?:\[[^\[\]]*\]|[^\s./(){}\[\]0-9+-])+?)(?P<exp>[+-]?\d+)?(?=[./(){}]|$)",
    re.ASCII,
)
_annotation = re.compile(_NOTE).match
_MAX_EXPONENT = 32


@lru_cache(maxsize=4096)
def unit(code: str) -> UcumUnit | None:
    """Return the unit of a UCUM code (case-sensitive), None if it is not UCUM or longer than 200 characters."""
    if not code or len(code) > 200:
        return None
    try:
        result, end = _term(code, 0, 0)
    except (ValueError, OverflowError):
        return None
    return result if end == len(code) else None


def _term(code: str, at: int, depth: int) -> tuple[UcumUnit, int]:
    """Parse `factor.factor/factor` from `at` on. Return the unit, and the position after it. Raises ValueError."""
    if depth > 10:
        raise ValueError(code)
    divide = code[at : at + 1] == "/"
    product, at = _factor(code, at + divide, depth)
    product = _proportional(product).power(-1) if divide else product
    while at < len(code) and code[at] in "./":
        sign = -1 if code[at] == "/" else 1
        right, at = _factor(code, at + 1, depth)
        product = _proportional(product).times(_proportional(right).power(sign))
    return product, at


def _proportional(factor: UcumUnit) -> UcumUnit:
    """Return the unit. Raises ValueError for one with an offset, which cannot be a part of a product."""
    if factor.offset:
        raise ValueError("special unit in a product")
    return factor


def _factor(code: str, at: int, depth: int) -> tuple[UcumUnit, int]:
    """Parse a component, or a term in parentheses, with its annotation."""
    if code[at : at + 1] == "(":
        term, at = _term(code, at + 1, depth + 1)
        if code[at : at + 1] != ")":
            raise ValueError(code)
        return term, _after_note(code, at + 1)
    match = _COMPONENT.match(code, at)
    if match is None:
        raise ValueError(code)
    end = match.end()
    if match["note"]:
        return _ONE, end
    return _component(match), _after_note(code, end)


def _after_note(code: str, at: int) -> int:
    note = _annotation(code, at)
    return note.end() if note else at


def _component(match: re.Match[str]) -> UcumUnit:
    if match["power10"]:
        return UcumUnit(Fraction(10) ** _exponent(match["exp10"]))
    if match["number"]:
        if not int(match["number"]):
            raise ValueError("zero")
        return UcumUnit(Fraction(int(match["number"])))
    atom = _atom(match["atom"])
    if atom is None:
        raise ValueError(match["atom"])
    return _proportional(atom).power(_exponent(match["exp"])) if match["exp"] else atom


def _exponent(text: str | None) -> int:
    value = int(text) if text else 1
    if abs(value) > _MAX_EXPONENT:
        raise ValueError(text)
    return value


def _atom(symbol: str) -> UcumUnit | None:
    """Return the unit of a symbol, with or without a prefix of one or two letters (`da`)."""
    if symbol in ATOMS:
        return ATOMS[symbol]
    for length in (2, 1):
        prefix, rest = symbol[:length], symbol[length:]
        if prefix in PREFIXES and rest in METRIC:
            atom = ATOMS[rest]
            return UcumUnit(PREFIXES[prefix] * atom.factor, atom.dimension, atom.offset / PREFIXES[prefix])
    return None
