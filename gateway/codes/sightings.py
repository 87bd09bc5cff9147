"""One Observation, or one component of it, as far as its code goes: what it is called and what its value looks like.

Read from FHIR resources and from the internal documents that the mapping makes of them. Neither is trusted: what does
not have the expected shape is passed over. Only names, units and orders of magnitude are read, nothing of a patient.
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
"""Code systems that mean the same everywhere: what they code is not locally coded. (How their URIs begin.)"""

_LONGEST_NAME = 200
_MNEMONIC = re.compile(r"[A-Za-z]{2}[A-Za-z _-]{0,28}")
"""A local code that is a name too: WBC, heart-rate. Numbers and UUIDs say nothing."""
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
    """`names` as sent, each spelling once; `official` are those that a LOINC coding had as its display.

    `codes` are its LOINC codes, sorted; `local` is the key of the code map that could give it one, "" for none.
    `magnitude` is the half decade of its number (see `half_decade`); `panel` is what the component is a part of.
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
class _Code:
    """A CodeableConcept: (system, code, display, chosen by a user) of each coding, and its text."""

    codings: tuple[tuple[str, str, str, bool], ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Value:
    kind: str
    number: Any = None
    unit: str = ""


def from_resource(resource: Mapping[str, Any]) -> Iterator[Sighting]:
    """What is measured in a FHIR Observation: itself, then its components."""
    categories = _categories(_code(each, "coding", "userSelected") for each in _objects(resource.get("category")))
    parts = [(_code(p.get("code"), "coding", "userSelected"), _given(p)) for p in _objects(resource.get("component"))]
    yield from _sightings(_code(resource.get("code"), "coding", "userSelected"), _given(resource), categories, parts)


def from_document(document: Mapping[str, Any]) -> Iterator[Sighting]:
    """The same from the internal document of an Observation (mappings/observation.yaml)."""
    categories = _categories(_code(each, "codings", "user_selected") for each in _objects(document.get("categories")))
    parts = [
        (_code(p.get("code"), "codings", "user_selected"), _mapped(p)) for p in _objects(document.get("components"))
    ]
    yield from _sightings(_code(document.get("code"), "codings", "user_selected"), _mapped(document), categories, parts)


def half_decade(number: Any) -> int | None:
    """3 for 31.6 to 100, 2 for 10 to 31.6: too coarse to tell of a patient. None for zero and no number."""
    if not isinstance(number, int | float | Decimal) or isinstance(number, bool):
        return None
    size = abs(float(number))
    return math.floor(2 * math.log10(size)) if 0 < size < math.inf else None


def _sightings(
    code: _Code, value: _Value, categories: tuple[str, ...], parts: list[tuple[_Code, _Value]]
) -> Iterator[Sighting]:
    if value.kind == "none" and parts:
        value = _Value("panel")
    whole = _sighting(code, value, categories, "")
    yield whole
    panel = next(iter(whole.codes), "") or next(iter(whole.names), "")
    for part, its_value in parts:
        yield _sighting(part, its_value, categories, panel)


def _sighting(code: _Code, value: _Value, categories: tuple[str, ...], panel: str) -> Sighting:
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


def _local(code: _Code) -> str:
    """The key a code map would know it by: the coding that a user chose, else the first, else the text."""
    if any(system.startswith(STANDARD) for system, c, _, _ in code.codings if c.strip()):
        return ""
    chosen = sorted((coding for coding in code.codings if coding[1].strip()), key=lambda coding: not coding[3])
    return next(iter(loinc.keys(((system, c) for system, c, _, _ in chosen), code.text)), "")


def _code(node: Any, codings: str, chosen: str) -> _Code:
    if not isinstance(node, Mapping):
        return _Code((), "")
    found = tuple(
        (_text(each.get("system")), _text(each.get("code")), _text(each.get("display")), each.get(chosen) is True)
        for each in _objects(node.get(codings))
    )
    return _Code(found, _text(node.get("text")))


def _given(node: Mapping[str, Any]) -> _Value:
    """value[x] as FHIR has it. The UCUM code says more than the unit's text, where there is one."""
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


def _categories(found: Iterable[_Code]) -> tuple[str, ...]:
    return tuple(sorted({code for each in found for _, code, _, _ in each.codings if code}))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
