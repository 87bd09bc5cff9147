"""Read what one Observation, or one of its components, is called and what its value looks like.

The source is a FHIR resource, or the internal document that a mapping made of it. Neither is trusted: anything without
the expected shape is skipped. Only names, units and orders of magnitude are read, and nothing about a patient.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.fhir import loinc

STANDARD = (
    "http://snomed.info/",
    "urn:oid:2.16.840.1.113883.6.96",
    "2.16.840.1.113883.6.96",
    "urn:iso:std:iso:11073:10101",
    "urn:oid:2.16.840.1.113883.6.24",
    "http://unitsofmeasure.org",
    "http://terminology.hl7.org/",
    "http://hl7.org/fhir/",
    "urn:oid:2.16.840.1.113883.5.",
    "2.16.840.1.113883.5.",
)
"""How the URIs of code systems begin that mean the same everywhere, so that their codes are not local."""

_LONGEST_NAME = 200
_MNEMONIC = re.compile(r"[A-Za-z]{2}[A-Za-z _-]{0,28}")
"""The pattern of local codes that are names too (WBC, heart-rate). Numbers and UUIDs say nothing."""
_KINDS = {  # Observation.value[x] -> the kind that mappings/observation.yaml calls it
    "valueQuantity": "quantity",
    "valueCodeableConcept": "concept",
    "valueString": "text",
    "valueBoolean": "boolean",
    "valueInteger": "integer",
    "valueRange": "range",
    "valueRatio": "ratio",
    "valueSampledData": "sampled_data",
    "valueTime": "time",
    "valueDateTime": "moment",
    "valuePeriod": "period",
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """An observed quantity.

    names: the names as sent, each spelling once.
    official: those names that a LOINC coding had as its display.
    codes: its LOINC codes, sorted.
    local: its key in the code map, "" if it has none.
    magnitude: the half decade of its number, see `half_decade`.
    panel: the name of the observation that it is a component of.
    """

    names: tuple[str, ...]
    official: frozenset[str]
    codes: tuple[str, ...]
    local: str
    unit: str
    kind: str
    magnitude: int | None
    categories: tuple[str, ...]
    panel: str


@dataclass(frozen=True, slots=True)
class _CodeableConcept:
    """A CodeableConcept: (system, code, display, chosen by a user) of each coding, and its text."""

    codings: tuple[tuple[str, str, str, bool], ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Value:
    kind: str
    number: Any = None
    unit: str = ""


def from_resource(resource: Mapping[str, Any]) -> Iterator[Sighting]:
    """Return what a FHIR Observation measures: itself, then its components."""
    categories = _categories(_code(each, "coding", "userSelected") for each in _objects(resource.get("category")))
    parts = [(_code(p.get("code"), "coding", "userSelected"), _given(p)) for p in _objects(resource.get("component"))]
    yield from _sightings(_code(resource.get("code"), "coding", "userSelected"), _given(resource), categories, parts)


def from_document(document: Mapping[str, Any]) -> Iterator[Sighting]:
    """Return the same for the internal document of an Observation (mappings/observation.yaml)."""
    categories = _categories(_code(each, "codings", "user_selected") for each in _objects(document.get("categories")))
    parts = [
        (_code(p.get("code"), "codings", "user_selected"), _mapped(p)) for p in _objects(document.get("components"))
    ]
    yield from _sightings(_code(document.get("code"), "codings", "user_selected"), _mapped(document), categories, parts)


def half_decade(number: Any) -> int | None:
    """Return 3 for 31.6 to 100, 2 for 10 to 31.6, and so on: too coarse to identify a patient. None for zero and for
    anything but a number.
    """
    if not isinstance(number, int | float | Decimal) or isinstance(number, bool):
        return None
    size = abs(float(number))
    return math.floor(2 * math.log10(size)) if 0 < size < math.inf else None


def _sightings(
    code: _CodeableConcept, value: _Value, categories: tuple[str, ...], parts: list[tuple[_CodeableConcept, _Value]]
) -> Iterator[Sighting]:
    if value.kind == "none" and parts:
        value = _Value("panel")
    whole = _sighting(code, value, categories, "")
    yield whole
    panel = next(iter(whole.codes), "") or next(iter(whole.names), "")
    for part, its_value in parts:
        yield _sighting(part, its_value, categories, panel)


def _sighting(code: _CodeableConcept, value: _Value, categories: tuple[str, ...], panel: str) -> Sighting:
    names: dict[str, None] = {}
    mnemonics = (c for system, c, _, _ in code.codings if _MNEMONIC.fullmatch(c) and not system.startswith(STANDARD))
    for name in (*(display for _, _, display, _ in code.codings), code.text, *mnemonics):
        if cleaned := " ".join(name.split()):
            names[cleaned[:_LONGEST_NAME]] = None
    coded = {c.strip(): display for system, c, display, _ in code.codings if system in loinc.SYSTEMS}
    codes = tuple(sorted(filter(loinc.is_code, coded)))
    official = frozenset(" ".join(display.split())[:_LONGEST_NAME] for display in coded.values())
    local = "" if codes else _local(code)
    return Sighting(
        tuple(names), official, codes, local, value.unit, value.kind, half_decade(value.number), categories, panel
    )


def _local(code: _CodeableConcept) -> str:
    """Return the key in a code map: the coding that a user chose, else the first coding, else the text."""
    if any(system.startswith(STANDARD) for system, c, _, _ in code.codings if c.strip()):
        return ""
    chosen = sorted((coding for coding in code.codings if coding[1].strip()), key=lambda coding: not coding[3])
    return next(iter(loinc.keys(((system, c) for system, c, _, _ in chosen), code.text)), "")


def _code(node: Any, codings: str, chosen: str) -> _CodeableConcept:
    if not isinstance(node, Mapping):
        return _CodeableConcept((), "")
    found = tuple(
        (_text(each.get("system")), _text(each.get("code")), _text(each.get("display")), each.get(chosen) is True)
        for each in _objects(node.get(codings))
    )
    return _CodeableConcept(found, _text(node.get("text")))


def _given(node: Mapping[str, Any]) -> _Value:
    """Return value[x] as FHIR has it. The UCUM code, if there is one, is more precise than the unit's text."""
    for element, kind in _KINDS.items():
        if element in node:
            value = node[element]
            if kind == "integer":
                return _Value(kind, value)
            if kind == "quantity" and isinstance(value, Mapping):
                return _Value(kind, value.get("value"), _text(value.get("code")) or _text(value.get("unit")))
            return _Value(kind)
    return _Value("none")


def _mapped(document: Mapping[str, Any]) -> _Value:
    value = document.get("value")
    if not isinstance(value, Mapping):
        return _Value("none")
    unit = _text(value.get("code")) or _text(value.get("unit"))
    kind = _text(value.get("kind"))
    return _Value(kind, value.get("number"), unit if kind == "quantity" else "")


def _categories(found: Iterable[_CodeableConcept]) -> tuple[str, ...]:
    return tuple(sorted({code for each in found for _, code, _, _ in each.codings if code}))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
