"""Choose the coding by which a concept is grouped and judged, independent of the order in which codings are sent."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.fhir import loinc
from gateway.fhir.loinc import is_code, text_key
from gateway.mapping.quality.facts import LOINC, Fact, facts

SNOMED = "http://snomed.info/sct"

SYSTEMS = {
    **dict.fromkeys(loinc.SYSTEMS, LOINC),
    **dict.fromkeys((SNOMED, "urn:oid:2.16.840.1.113883.6.96", "2.16.840.1.113883.6.96"), SNOMED),
}
"""A system as it may be written -> the system."""

# https://hl7.org/fhir/R4/observation-vitalsigns.html: the codes that a vital sign must have, beside any others.
VITAL_SIGNS = frozenset(
    {
        "85353-1",
        "9279-1",
        "8867-4",
        "2708-6",
        "8310-5",
        "8302-2",
        "9843-4",
        "29463-7",
        "39156-5",
        "85354-9",
        "8480-6",
        "8462-4",
    }
)

NO_LOCAL_CODES: Mapping[str, str] = {}

Coding = tuple[str, str, str | None, bool]
"""System, code, display and userSelected of a coding."""


class Preferred(NamedTuple):
    """The preferred coding of a concept.

    fact: what is known about the code, if it is a LOINC code.
    mapped: whether it is the LOINC code that the map of local codes gives.
    all: every coding of the concept as `system|code`, in alphabetical order: the same for the same codings.
    """

    system: str
    code: str
    display: str | None
    fact: Fact | None
    mapped: bool
    all: str

    @property
    def loinc(self) -> str | None:
        """Return the code if it is a LOINC code."""
        return self.code if self.system == LOINC else None


_TEXT = "text alone"  # stands in place of userSelected and marks a concept that has only a text


def raw_codings(concept: Any) -> tuple[Any, ...]:
    """Return (system, code, display, userSelected) of each coding, unchecked.

    A concept that has only a text gives it as a coding without a code, marked by `_TEXT`. The result cannot be hashed
    if one of the members is a list or an object.
    """
    found = concept.get("coding") if concept.__class__ is dict else None
    if found.__class__ is not list or not found:
        text = concept.get("text") if concept.__class__ is dict else None
        return ((None, None, text, _TEXT),) if text.__class__ is str else ()
    if len(found) == 1 and (coding := found[0]).__class__ is dict:  # most concepts have one coding
        get = coding.get
        return ((get("system"), get("code"), get("display"), get("userSelected")),)
    return tuple(
        [
            (coding.get("system"), coding.get("code"), coding.get("display"), coding.get("userSelected"))
            for coding in found
            if coding.__class__ is dict
        ]
    )


@lru_cache(maxsize=8192)
def _read(raw: tuple[Any, ...]) -> tuple[Coding, ...]:
    return tuple(coding for coding in map(_coding, raw) if coding[1])


def codings(concept: Any) -> tuple[Coding, ...]:
    """Return the codings that have a code, with each system written in one way."""
    try:
        return _read(raw_codings(concept))
    except TypeError:  # a list or an object in place of a text
        return ()


def _coding(raw: tuple[Any, ...]) -> Coding:
    system, code, display, selected = raw
    if system.__class__ is not str:
        system = ""
    return (
        SYSTEMS.get(system, system),
        code.strip() if code.__class__ is str else "",
        display if display.__class__ is str else None,
        selected is True,
    )


def _rank(coding: Coding) -> tuple[Any, ...]:
    """Return the sort key of a coding; the least is preferred."""
    system, code, display, selected = coding
    if system == LOINC and is_code(code):
        fact = facts().get(code)
        known = fact is not None and fact.unit is not None
        return 0, not selected, not known, code not in VITAL_SIGNS, code, display or "~"
    kind = 2 if system == SNOMED else 3 if system else 4
    return kind, not selected, system, code, display or "~"


class Codes:
    """The preferred codes under a map of local codes to LOINC; every set of codings is judged once.

    A key of the map is `system|code`, the bare code, or `|text` for a concept without a code. A LOINC code that was
    sent goes before the map.
    """

    def __init__(self, local: Mapping[str, str] = NO_LOCAL_CODES) -> None:
        self.local = local
        self._of = lru_cache(maxsize=8192)(self._choose)
        self.readings: dict[tuple[bytes, bytes], Any] = {}
        """For gateway.mapping.quality.measure: (JSON of a concept, JSON of a quantity) -> what was read of them."""

    def preferred(self, concept: Any) -> Preferred | None:
        """Return the preferred coding of a CodeableConcept, None if it has no coding and no mapped text."""
        raw = raw_codings(concept)
        try:
            return self._of(raw) if raw else None
        except TypeError:  # a list or an object in place of a text
            return None

    def _choose(self, raw: tuple[Any, ...]) -> Preferred | None:
        read = _read(raw)
        best = min(read, key=_rank, default=None)
        if best is None:
            return self._of_text(raw)
        system, code, display, _ = best
        every = " ".join(sorted({f"{coding[0]}|{coding[1]}" for coding in read}))
        if _rank(best)[0]:
            mapped = sorted({self._mapped(coding) for coding in read} - {None}, key=str)
            if len(mapped) == 1 and mapped[0] is not None:
                return Preferred(LOINC, mapped[0], None, facts().get(mapped[0]), True, every)
            return Preferred(system, code, display, None, False, every)
        return Preferred(system, code, display, facts().get(code), False, every)

    def _of_text(self, raw: tuple[Any, ...]) -> Preferred | None:
        """Return the LOINC code that the map gives for the text of a concept without a code, None if it gives none."""
        text = raw[0][2] if len(raw) == 1 and raw[0][3] == _TEXT else ""
        code = self.local.get(text_key(text)) if text and self.local else None
        return Preferred(LOINC, code, None, facts().get(code), True, f"{LOINC}|{code}") if code else None

    def _mapped(self, coding: Coding) -> str | None:
        code = self.local.get(f"{coding[0]}|{coding[1]}") or (self.local.get(coding[1]) if not coding[0] else None)
        return code if code and is_code(code) else None


AS_SENT = Codes()
