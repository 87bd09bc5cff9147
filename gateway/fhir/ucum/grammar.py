"""UCUM expressions: `mL/min/{1.73_m2}`, `10*3/uL`, `kg.m2/s2`, `/(2.h)` (https://ucum.org/ucum#section-Syntax-Rules)."""

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
    """The unit of a UCUM code (case-sensitive); None when it is not one."""
    if not code or len(code) > 200:
        return None
    try:
        found, end = _term(code, 0, 0)
    except (ValueError, OverflowError):
        return None
    return found if end == len(code) else None


def _term(code: str, at: int, depth: int) -> tuple[UcumUnit, int]:
    if depth > 10:
        raise ValueError(code)
    divide = code[at : at + 1] == "/"
    found, at = _factor(code, at + divide, depth)
    found = _checked(found).power(-1) if divide else found
    while at < len(code) and code[at] in "./":
        sign = -1 if code[at] == "/" else 1
        right, at = _factor(code, at + 1, depth)
        found = _checked(found).times(_checked(right).power(sign))
    return found, at


def _checked(found: UcumUnit) -> UcumUnit:
    """A unit with its own zero cannot be part of a product."""
    if found.offset:
        raise ValueError("special unit in a product")
    return found


def _factor(code: str, at: int, depth: int) -> tuple[UcumUnit, int]:
    if code[at : at + 1] == "(":
        found, at = _term(code, at + 1, depth + 1)
        if code[at : at + 1] != ")":
            raise ValueError(code)
        return found, _after_note(code, at + 1)
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
    found = _atom(match["atom"])
    if found is None:
        raise ValueError(match["atom"])
    return _checked(found).power(_exponent(match["exp"])) if match["exp"] else found


def _exponent(text: str | None) -> int:
    value = int(text) if text else 1
    if abs(value) > _MAX_EXPONENT:
        raise ValueError(text)
    return value


def _atom(symbol: str) -> UcumUnit | None:
    if symbol in ATOMS:
        return ATOMS[symbol]
    for length in (2, 1):
        prefix, rest = symbol[:length], symbol[length:]
        if prefix in PREFIXES and rest in METRIC:
            atom = ATOMS[rest]
            return UcumUnit(PREFIXES[prefix] * atom.factor, atom.dimension, atom.offset / PREFIXES[prefix])
    return None
