"""Which UCUM unit a quantity is in, from what people write: the code if it is UCUM, else a spelling with one meaning.

Computed on the code, never on the unit shown, for the two disagree as a rule; on the text only where there is no code.
"""

import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from gateway.fhir.ucum import Unit, unit
from gateway.mapping.quality.facts import Fact, rows

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
_NOTE = re.compile(r"\{[^{}]*\}")
_POWER = re.compile(r"^[x×]\s*(?=10)", re.IGNORECASE)
_NONE = frozenset({"null", "none", "n/a", "(none)", "unknown", "-", ""})


class Read(NamedTuple):
    """`code` is UCUM, None when there is none to be told, for which `rule` says why.

    `before` is the text it was read from, where that is not itself the code; `derived`: read from the text of the unit.
    """

    code: str | None
    rule: str | None = None
    before: str | None = None
    derived: bool = False


@cache
def _spellings() -> dict[str, tuple[str, str]]:
    """By folded spelling: UCUM code, and what it must be a unit of to mean that (empty: of anything)."""
    exact = {row["spelling"]: (row["ucum"], row["of"]) for row in rows("units.csv")}
    return {**{_folded(text): found for text, found in exact.items() if _safe(text)}, **exact}


def _safe(text: str) -> bool:
    """Whether the letters mean the same in small and in capitals: not so for M/uL (million) and mM."""
    return len(text) > 2 and not text.startswith(("M/", "m/", "T/", "G/", "Mi"))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def plain(text: str) -> str:
    """One way to write µ, ×, and the ten of a power."""
    text = text.strip().replace("µ", "u").replace("μ", "u").replace("\u00a0", " ")
    return _POWER.sub("", text)


def amount(code: str) -> Amount:
    """Whether a unit counts moles, equivalents or osmoles: in UCUM itself these are numbers without a dimension."""
    found = {match[1] for match in _AMOUNT.finditer(_NOTE.sub("", code))}
    return found.pop() if len(found) == 1 else ""  # type: ignore[return-value]


@lru_cache(maxsize=4096)
def read(code: str | None, system: str | None, text: str | None, wanted: str | None) -> Read:
    """The unit of a quantity with `code`, `system` and `unit` (text), for a code whose canonical unit is `wanted`."""
    if code is not None and system in UCUM:
        return _from(code, code, wanted, derived=False)
    if code is None or system is not None:  # without a system a code is no more than text
        candidate = text if text is not None else code
    else:
        candidate = text or code
    if candidate is None or candidate.strip().casefold() in _NONE:
        return Read(None, "unit.missing", candidate)
    return _from(candidate, candidate, wanted, derived=True)


def _from(written: str, sent: str, wanted: str | None, *, derived: bool) -> Read:
    if written.strip().casefold() in _NONE:
        return Read(None, "unit.missing", sent)
    target = unit(wanted) if wanted else None
    found = unit(written)
    spelled = _spelled(written, target)
    if found is not None and (spelled is None or (target is not None and found.dimension == target.dimension)):
        return Read(written, derived=derived)
    if spelled is not None:
        return Read(spelled, "unit.spelling", sent, derived)
    simple = plain(written)
    if simple != written and unit(simple) is not None:
        return Read(simple, "unit.spelling", sent, derived)
    return Read(None, "unit.unknown", sent)


def _spelled(written: str, target: Unit | None) -> str | None:
    """What the spelling means. C is coulomb and F farad unless a temperature is due, K/uL never kelvins."""
    simple = plain(written)
    for key in (written, simple, _folded(simple)):
        found = _spellings().get(key)
        if found is not None:
            code, of = found
            return code if not of or _is(target, of) else None
    return None


_OF = {"temperature": "Cel", "count": "10*3/uL"}


def _is(target: Unit | None, of: str) -> bool:
    measured = unit(_OF[of])
    return target is not None and measured is not None and target.dimension == measured.dimension


def ratio(code: str, other: str) -> Fraction | None:
    """How many `other` one `code` is; None when they measure different things or have a zero of their own."""
    a, b = unit(code), unit(other)
    if a is None or b is None or a.dimension != b.dimension or a.offset or b.offset:
        return None
    return a.factor / b.factor


def unitless(fact: Fact) -> bool:
    """Whether the value has one unit only, so that leaving it out leaves nothing open: scores, ratios, pH."""
    return fact.unit is not None and (fact.unit in ("1", "[pH]") or _NOTE.fullmatch(fact.unit) is not None)
