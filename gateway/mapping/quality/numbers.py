"""Read numbers that were sent as text: "<0.5", "15.0 gm/L", "120/80 mmHg", "1:80", "3-5", "2+", "5,2"."""

import re
from decimal import Decimal
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from gateway.mapping.quality import units

_NUMBER = r"[+-]?\d[\d.,]*"
_COMPARATORS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">="}
# A unit that begins with a digit is a power of ten, separated from the number: 250 10*3/uL, 4.5*10^9/L.
_UNIT = r"(?:\s*(?P<unit>[^\d\s<>=:+,;*^·-].*|[*·]\s*10[*^eE+].*)|\s+(?P<power>10(?:[*^+(⁰¹²³⁴⁵⁶⁷⁸⁹]|[eE]|exp).*))?"
_SINGLE = re.compile(rf"(?P<sign><=|>=|=<|=>|[<>≤≥])?\s*(?P<number>{_NUMBER}){_UNIT}")
_RANGE = re.compile(rf"(?P<low>\d[\d.,]*)\s*[-–]\s*(?P<high>\d[\d.,]*){_UNIT}")
_PRESSURE = re.compile(r"(?P<low>\d{2,3})\s*/\s*(?P<high>\d{2,3})\s*(?P<unit>mm\s?\[?Hg\]?)?", re.IGNORECASE)
_TITER = re.compile(r"1\s*:\s*(?P<number>\d{1,7})")
_GRADE = re.compile(r"(?P<number>[1-4])\s*\+|(?P<pluses>\+{2,4})")  # a single + may mean 1+ or positive
# 250.000 /µl is a quarter of a million: here the point groups thousands, because nobody counts thousandths of a cell.
_GROUPED = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_COUNTED = re.compile(r"1?/|per\b|(?:cells?|Zellen)\s*/", re.IGNORECASE)
_LONGEST = 60
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff\u00ad"))


class NumberText(NamedTuple):
    """The meaning of a text.

    kind: number, range, pressure (systolic, diastolic), titer or grade.
    unit: as written.
    """

    kind: str
    numbers: tuple[Decimal, ...]
    comparator: str | None = None
    unit: str | None = None


def number(text: str) -> Decimal | None:
    """Read a written number, None if it has two readings: 1,234 may be a little more than one, or than a thousand."""
    body = text.lstrip("+-")
    if re.fullmatch(r"\d+(\.\d+)?", body):
        plain = body
    elif re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}", body):
        plain = body.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", body):
        plain = body.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,(\d{1,2}|\d{4,})", body) or re.fullmatch(r"0,\d+", body):
        plain = body.replace(",", ".")
    else:
        return None
    return Decimal("-" + plain if text.startswith("-") else plain)


@lru_cache(maxsize=4096)
def parse(text: str) -> NumberText | None:
    """Read a text, None unless it is exactly one number, range, pressure, titer or grade."""
    text = (unescape(text) if "&" in text else text).translate(_INVISIBLE).strip()
    if not text or len(text) > _LONGEST or not any(ch.isdigit() or ch == "+" for ch in text):
        return None
    for pattern, make in ((_PRESSURE, _pressure), (_TITER, _titer), (_GRADE, _grade), (_RANGE, _range)):
        match = pattern.fullmatch(text)
        if match is not None:
            return make(match)
    match = _SINGLE.fullmatch(text)
    if match is None:
        return None
    value = number(match["number"])
    if value is None:
        return None
    unit = _unit(match)
    if _GROUPED.fullmatch(match["number"]) and _COUNTED.match(unit or ""):
        return None
    return NumberText("number", (value,), _COMPARATORS.get(match["sign"] or ""), unit)


def _unit(match: re.Match[str]) -> str | None:
    text = match["unit"] or match["power"]
    return text.strip() if text else None


def _pressure(match: re.Match[str]) -> NumberText | None:
    """Read systolic/diastolic. 80/120 is a mistake, and it cannot be told which."""
    systolic, diastolic = Decimal(match["low"]), Decimal(match["high"])
    return NumberText("pressure", (systolic, diastolic), None, match["unit"]) if systolic > diastolic else None


def _titer(match: re.Match[str]) -> NumberText:
    return NumberText("titer", (Decimal(match["number"]),), None, "{titer}")


def _grade(match: re.Match[str]) -> NumberText:
    return NumberText("grade", (Decimal(match["number"] or len(match["pluses"])),), None, "{plus}")


def _range(match: re.Match[str]) -> NumberText | None:
    low, high = number(match["low"]), number(match["high"])
    if low is None or high is None or low >= high:
        return None
    unit = _unit(match)
    if _GROUPED.fullmatch(match["high"]) and (_COUNTED.match(unit or "") or _in_thousands(match)):
        return None
    return NumberText("range", (low, high), None, unit)


def _in_thousands(match: re.Match[str]) -> bool:
    return match["low"].endswith(".000") and match["high"].endswith(".000")


def known_unit(text: str | None) -> bool:
    """Return whether a unit in a text can be read without knowing what was measured."""
    return text is not None and units.read(None, None, text, None).code is not None
