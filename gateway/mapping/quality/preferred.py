"""Of several codings the one to group and to judge by: the same whatever order they are sent in."""

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
"""Other ways to write the systems."""

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

NONE: Mapping[str, str] = {}

# system, code, display, userSelected of a coding
Coding = tuple[str, str, str | None, bool]


class Preferred(NamedTuple):
    """`fact` is what is known of the code, if it is LOINC; `mapped`: LOINC by the map of local codes.

    `all` has every coding of the concept, `system|code` in their order in the alphabet: the same for the same codings.
    """

    system: str
    code: str
    display: str | None
    fact: Fact | None
    mapped: bool
    all: str

    @property
    def loinc(self) -> str | None:
        return self.code if self.system == LOINC else None


_TEXT = "text alone"


def raw_codings(concept: Any) -> tuple[Any, ...]:
    """The codings as hashable as they come, without what a coding has beside these four; where there are none, the text
    as one of them, without a code."""
    found = concept.get("coding") if concept.__class__ is dict else None
    if found.__class__ is not list or not found:
        text = concept.get("text") if concept.__class__ is dict else None
        return ((None, None, text, _TEXT),) if text.__class__ is str else ()
    if len(found) == 1 and (coding := found[0]).__class__ is dict:  # so are most
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
    """The codings that have a code, with their systems written one way."""
    try:
        return _read(raw_codings(concept))
    except TypeError:  # a list or an object where a text is due
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
    """Smaller is better."""
    system, code, display, selected = coding
    if system == LOINC and is_code(code):
        fact = facts().get(code)
        known = fact is not None and fact.unit is not None
        return 0, not selected, not known, code not in VITAL_SIGNS, code, display or "~"
    kind = 2 if system == SNOMED else 3 if system else 4
    return kind, not selected, system, code, display or "~"


class Codes:
    """Preferred codes, given a map of local codes: `system|code`, the bare code, or `|text` of what has none, to LOINC.

    What a sender itself coded in LOINC goes before the map. Every set of codings is judged once.
    """

    def __init__(self, local: Mapping[str, str] = NONE) -> None:
        self.local = local
        self._of = lru_cache(maxsize=8192)(self._choose)
        self.readings: dict[tuple[bytes, bytes], Any] = {}
        """For gateway.mapping.quality.measure: what was read of a concept and a quantity, both as JSON."""

    def preferred(self, concept: Any) -> Preferred | None:
        """None for a concept without codings; https://hl7.org/fhir/R4/datatypes.html#CodeableConcept."""
        raw = raw_codings(concept)
        try:
            return self._of(raw) if raw else None
        except TypeError:  # a list or an object where a text is due
            return None

    def _choose(self, raw: tuple[Any, ...]) -> Preferred | None:
        found = _read(raw)
        best = min(found, key=_rank, default=None)
        if best is None:
            return self._of_text(raw)
        system, code, display, _ = best
        every = " ".join(sorted({f"{coding[0]}|{coding[1]}" for coding in found}))
        if _rank(best)[0]:
            mapped = sorted({self._mapped(coding) for coding in found} - {None}, key=str)
            if len(mapped) == 1 and mapped[0] is not None:
                return Preferred(LOINC, mapped[0], None, facts().get(mapped[0]), True, every)
            return Preferred(system, code, display, None, False, every)
        return Preferred(system, code, display, facts().get(code), False, every)

    def _of_text(self, raw: tuple[Any, ...]) -> Preferred | None:
        """What the map says of a text without a code."""
        text = raw[0][2] if len(raw) == 1 and raw[0][3] == _TEXT else ""
        code = self.local.get(text_key(text)) if text and self.local else None
        return Preferred(LOINC, code, None, facts().get(code), True, f"{LOINC}|{code}") if code else None

    def _mapped(self, coding: Coding) -> str | None:
        code = self.local.get(f"{coding[0]}|{coding[1]}") or (self.local.get(coding[1]) if not coding[0] else None)
        return code if code and is_code(code) else None


AS_SENT = Codes()
