"""Find the UCUM unit of a quantity: the code if it is UCUM, else a spelling that has one meaning.

The code decides and not the unit shown, because the two often disagree. The text counts only if there is no code.
"""

import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from gateway.fhir.ucum import UcumUnit, unit
from gateway.mapping.quality.facts import Fact, facts
from gateway.mapping.quality.tables import rows

UCUM = frozenset(
    {
        "http://unitsofmeasure.org",
        "http://unitsofmeasure.org/",
        "https://unitsofmeasure.org",
        "http://unitsofmeasure.org/ucum.html",
        "http://www.unitsofmeasure.org",
        "urn:oid:2.16.840.1.113883.6.8",
        "2.16.840.1.113883.6.8",
        "UCUM",
        "ucum",
        "METRIC",
    }
)
"""What senders write for the system of UCUM."""

Amount = Literal["mol", "eq", "osm", ""]

_AMOUNT = re.compile(r"(?<![A-Za-z\[_'])(?:da|[YZEPTGMkhdcmunpfazy])?(mol|eq|osm)(?![A-Za-z_'])")
_LETTERS = str.maketrans({"µ": "u", "μ": "u", "\u00a0": " ", "\u202f": " ", "º": "°", "˚": "°"})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_INVERSE = re.compile(r"\s?[.·*\s]\s?([A-Za-z]{1,4})(?:\^?-1|⁻¹)$")  # mmol l-1, G.l-1, mmol·L⁻¹
_TEN = re.compile(r"10(?:([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})|\((\d{1,2})\))")  # 10³ and 10(3)
_NOTE = re.compile(r"\{[^{}]*\}")
_POWER = re.compile(r"^[x×*·]\s*(?=10)", re.IGNORECASE)
_EXPONENT = re.compile(
    r"^10(?:\*\*|\^|\+|e\+?|exp)\s?(\d{1,2})(?=[./\s]|$)", re.IGNORECASE
)  # 10+3/uL, 10E3/uL, 10**3/uL
_WORDS = {"kilo": "10*3", "mega": "10*6", "giga": "10*9", "tera": "10*12"}
_WORD = re.compile(r"^(kilo|mega|giga|tera)\s?(?=[./]\s?[a-zµ])", re.IGNORECASE)  # giga.l-1, Tera/L
_PER_SURFACE = re.compile(
    r"(?:\s*[./]\s*|\s+per\s+|\s*)[({]*\s*1[.,]73[\s._*/]*(?:m2|m[\^*]2|sq\.?\s?m|m\s?sq|sqm|m)?\s*[)}]*$",
    re.IGNORECASE,
)
_INDEXED = re.compile(r"\{[^{}]*1[.,]73[^{}]*\}")
_SHORT = frozenset({"deg", "mm"})
"""Units shown that are short for several units (degrees of a scale, mm of mercury), so they contradict no code."""

_NONE = frozenset({"null", "none", "n/a", "(none)", "unknown", "-", ""})


class UnitReading(NamedTuple):
    """The unit that was read.

    code: a UCUM code; None if the unit cannot be told, and `rule` says why.
    before: the text that it was read from, if that is not the code itself.
    derived: whether it was read from the text of the unit.
    """

    code: str | None
    rule: str | None = None
    before: str | None = None
    derived: bool = False


@cache
def _spellings() -> dict[str, tuple[str, str]]:
    """Return spelling -> (UCUM code, what the unit must measure to mean that code; empty for anything)."""
    return {row["spelling"]: (row["ucum"], row["of"]) for row in rows("units.csv")}


@cache
def _any_case() -> dict[str, tuple[str, str]]:
    """Return the spellings and the codes themselves in lower case, because laboratories write MG/DL."""
    codes = {code: (code, "") for code, _ in _spellings().values()}
    codes |= {fact.unit: (fact.unit, "") for fact in facts().values() if fact.unit}
    return {_folded(text): found for text, found in {**codes, **_spellings()}.items() if _safe(text)}


def _safe(text: str) -> bool:
    """Return whether a unit means the same in lower and in upper case. M/uL (million) and mM do not."""
    return len(text) > 2 and not text.startswith(("M/", "T/", "G/"))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def plain(text: str) -> str:
    """Return `text` in one spelling of µ, ×, the degree, powers of ten and the body surface of 1.73 m²."""
    text = text.strip().translate(_LETTERS)
    if "10" in text:
        text = _TEN.sub(lambda match: f"10*{(match[1] or match[2]).translate(_RAISED)}", text)
        text = _EXPONENT.sub(r"10*\1", _POWER.sub("", text))
    if text.endswith(("-1", "⁻¹")):
        text = _INVERSE.sub(r"/\1", text)
    if "73" in text:
        text = _PER_SURFACE.sub("/{1.73_m2}", text.replace("²", "2"))
    return _WORD.sub(lambda match: _WORDS[match[1].casefold()], text)


def indexed(code: str) -> bool:
    """Return whether a unit is per 1.73 m² of body surface, which UCUM has only as an annotation without meaning."""
    return _INDEXED.search(code) is not None


def amount(code: str) -> Amount:
    """Return what a unit counts, "" for anything else: moles, equivalents or osmoles, which UCUM takes for plain
    numbers."""
    found = {match[1] for match in _AMOUNT.finditer(_NOTE.sub("", code))}
    return found.pop() if len(found) == 1 else ""  # type: ignore[return-value]


@lru_cache(maxsize=4096)
def read(code: str | None, system: str | None, text: str | None, wanted: str | None) -> UnitReading:
    """Read the unit of a quantity with `code`, `system` and `unit` (text).

    `wanted` is the canonical unit of what was measured, None if it is not known.
    """
    if code is not None and system in UCUM:
        return _from(code, code, wanted, derived=False)
    candidate = text or code  # a code of another system counts as text
    if candidate is None or candidate.strip().casefold() in _NONE:
        return UnitReading(None, "unit.missing", candidate)
    return _from(candidate, candidate, wanted, derived=True)


def _from(written: str, sent: str, wanted: str | None, *, derived: bool) -> UnitReading:
    if written.strip().casefold() in _NONE:
        return UnitReading(None, "unit.missing", sent)
    target = unit(wanted) if wanted else None
    if target is None and ambiguous(written):
        return UnitReading(None, "unit.ambiguous", sent)
    found, spelled = unit(written), _spelled(written, target)
    if spelled is None and target is not None and capitals_hide(written, same_kind=True):
        return UnitReading(None, "unit.ambiguous", sent)
    if spelled is None and (found is None or (target is not None and found.dimension != target.dimension)):
        spelled = _in_any_case(written, target, must_fit=found is not None)
    if spelled is not None and spelled != written:
        return UnitReading(spelled, "unit.spelling", sent, derived)
    simple = plain(written)
    if found is None and unit(simple) is not None:
        return UnitReading(simple, "unit.spelling", sent, derived)
    return UnitReading(written, derived=derived) if found is not None else UnitReading(None, "unit.unknown", sent)


def _in_any_case(written: str, target: UcumUnit | None, *, must_fit: bool) -> str | None:
    """Read a unit regardless of case.

    `must_fit`: it is a unit as written too, so only a unit of the wanted kind counts.
    """
    code = _meant(_any_case().get(_folded(plain(written))), target)
    measured = unit(code) if code else None
    if must_fit and (measured is None or target is None or measured.dimension != target.dimension):
        return None
    return code


def ambiguous(written: str) -> bool:
    """Return whether a unit means one thing in UCUM and another to those who write it.

    C is coulomb and written for degrees Celsius, F farad and Fahrenheit, G/L gauss per liter and giga per liter,
    MG megagauss and milligrams.
    """
    _, of = _spellings().get(written.strip()) or _spellings().get(plain(written)) or ("", "")
    return (bool(of) and unit(written.strip()) is not None) or capitals_hide(written)


@lru_cache(maxsize=4096)
def capitals_hide(written: str, *, same_kind: bool = False) -> bool:
    """Return whether a unit in upper case is another unit in lower case (MG/L, U/ML); U is U in either case.

    `same_kind`: only if both measure the same kind of thing, so that the code of the observation cannot decide.
    """
    if not written.isupper() or written.strip() == "A":
        return False
    large, small = unit(written), unit(written.lower().replace("u", "U"))
    if large is None or small is None or large == small:
        return False
    return not same_kind or large.dimension == small.dimension


def _spelled(written: str, target: UcumUnit | None) -> str | None:
    """Return the code of a spelling. C is coulomb and F farad unless a temperature is wanted; K/uL is never kelvins."""
    return _meant(_spellings().get(written) or _spellings().get(plain(written)), target)


def _meant(found: tuple[str, str] | None, target: UcumUnit | None) -> str | None:
    if found is None:
        return None
    code, of = found
    return code if not of or _is(target, of) else None


_MEASURED_BY = {"temperature": "Cel", "count": "10*3/uL"}


def _is(target: UcumUnit | None, of: str) -> bool:
    measured = unit(_MEASURED_BY[of])
    return target is not None and measured is not None and target.dimension == measured.dimension


def ratio(code: str, other: str) -> Fraction | None:
    """Return how many `other` one `code` is, None if they measure different things or have a zero of their own."""
    a, b = unit(code), unit(other)
    if a is None or b is None or a.dimension != b.dimension or a.offset or b.offset:
        return None
    return a.factor / b.factor


def unitless(fact: Fact) -> bool:
    """Return whether a value can have only one unit, so that it may be left out: scores, ratios, pH."""
    return fact.unit is not None and (fact.unit in ("1", "[pH]") or _NOTE.fullmatch(fact.unit) is not None)


@lru_cache(maxsize=4096)
def contradict(text: str, code: str, valence: int | None = None) -> bool:
    """Return whether the unit shown (`text`) can be read and is another unit than the UCUM `code` beside it.

    Spellings of one unit agree (mcmol/L and umol/L); so do annotations, capitals, and equivalents with moles of a
    substance of that `valence`. If the valence is not known, equivalents and moles never contradict each other.
    """
    if _folded(text) == _folded(code) or _is_bare(code) or _is_bare(text) or text.strip() in _SHORT:
        return False
    read_code = _from(text, text, code, derived=True).code
    shown, coded = unit(read_code) if read_code else None, unit(code)
    if read_code is None or shown is None or coded is None or read_code == code:
        return False
    if indexed(read_code) != indexed(code):
        return True
    if {amount(read_code), amount(code)} == {"mol", "eq"}:
        factor = Fraction(1) if valence is None else shown.factor / coded.factor
        per_mole = Fraction(1, valence or 1) if amount(read_code) == "eq" else Fraction(valence or 1)
        return valence is not None and factor != per_mole
    if {_unit_of_activity(read_code), _unit_of_activity(code)} == {"U", "[IU]"}:
        return False
    return shown.dimension != coded.dimension or shown.offset != coded.offset or not _near(shown.factor, coded.factor)


def _is_bare(code: str) -> bool:
    """Return whether a unit is only a number or an annotation: every score has a name of its own for its points."""
    return code == "1" or _NOTE.fullmatch(code) is not None


def _unit_of_activity(code: str) -> str:
    return "[IU]" if "[IU]" in code or "[iU]" in code else "U" if re.match(r"[kmunp]?U(?:/|$)", code) else ""


def _near(a: Fraction, b: Fraction) -> bool:
    """Return whether two factors are nearly equal: a month, a calorie or an inch differs a little between countries."""
    return abs(a / b - 1) < Fraction(1, 1000)
