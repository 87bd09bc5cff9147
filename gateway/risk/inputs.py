"""Declare the inputs of scores: their codes, canonical UCUM units, and limits outside which a value is refused.

This is the table of docs/reference/scores.md as code. An input is recognized by any of its codes, on the
Observation or on one of
its components. Each code has its own reader, because the same fact comes in several shapes (oxygen as a fraction or as
a flow).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from gateway.fhir import quantities
from gateway.fhir.fhir_json import Resource

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"

Code = tuple[str, str]


@dataclass(frozen=True, slots=True)
class UsableValue:
    """A usable value: a Decimal in `unit`, a letter or a bool. `said` is the value as its source wrote it."""

    value: Decimal | str | bool
    unit: str
    said: str


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """A value that is present but cannot be used. `text` holds no patient data beyond the form of the value."""

    text: str


Reader = Callable[[Resource], UsableValue | RefusedValue]


@dataclass(frozen=True, slots=True)
class Input:
    """An input of scores. `name` is the keyword that a score takes; `label` is what people read."""

    name: str
    label: str
    readers: Mapping[Code, Reader]


@dataclass(frozen=True, slots=True)
class Measure:
    """A canonical unit and the plausible range. `molar` is (unit, how many of it make one canonical unit)."""

    unit: str
    low: str
    high: str
    molar: tuple[str, str] | None = None


def loinc(*codes: str) -> tuple[Code, ...]:
    """Return LOINC codes."""
    return tuple((LOINC, code) for code in codes)


def quantity(measure: Measure, holder: Resource) -> UsableValue | RefusedValue:
    """Read holder.valueQuantity in the measure's unit: by its UCUM code only, never by the display text of the unit."""
    given = holder.get("valueQuantity")
    if not isinstance(given, dict) or not isinstance(given.get("value"), int | Decimal):
        return RefusedValue("the value is not a quantity")
    if "comparator" in given:
        return RefusedValue(f"the value is only a bound ({given['comparator']})")
    if given.get("system") != UCUM or not given.get("code"):
        return RefusedValue("the quantity has no UCUM unit code")
    value = _convert(Decimal(given["value"]), given["code"], measure)
    if value is None:
        return RefusedValue(f"unit {given['code']} cannot be converted to {measure.unit}")
    if not Decimal(measure.low) <= value <= Decimal(measure.high):
        return RefusedValue(f"outside the plausible range {measure.low} to {measure.high} {measure.unit}")
    return UsableValue(value, measure.unit, f"{given['value']} {given['code']}")


def _convert(value: Decimal, code: str, measure: Measure) -> Decimal | None:
    converted = quantities.convert(value, code, measure.unit)
    if converted is None and measure.molar:
        unit, factor = measure.molar
        moles = quantities.convert(value, code, unit)
        converted = None if moles is None else moles / Decimal(factor)
    return converted


def above(measure: Measure, limit: str, holder: Resource) -> UsableValue | RefusedValue:
    """Read a yes/no fact from a quantity: whether it is above the limit."""
    read = quantity(measure, holder)
    if isinstance(read, RefusedValue):
        return read
    assert isinstance(read.value, Decimal)
    return UsableValue(read.value > Decimal(limit), "", read.said)


def answer(codes: Mapping[Code, str], words: Mapping[str, str], holder: Resource) -> UsableValue | RefusedValue:
    """Read a coded answer, else its exact wording (text, display or valueString, ignoring case). Refuse contradictory
    codes.
    """
    concept = holder.get("valueCodeableConcept", {})
    codings: list[dict[str, Any]] = concept.get("coding", [])
    texts = [t for t in (concept.get("text"), *(c.get("display") for c in codings), holder.get("valueString")) if t]
    found = {codes[key] for c in codings if (key := (c.get("system", ""), c.get("code", ""))) in codes}
    found = found or {words[word] for text in texts if (word := text.strip().casefold()) in words}
    if len(found) != 1:
        return RefusedValue(
            "the answers contradict each other" if found else "the answer is not one of the accepted codes"
        )
    value = found.pop()
    return UsableValue(value, "", texts[0] if texts else value)


def measured(name: str, label: str, codes: tuple[Code, ...], measure: Measure) -> Input:
    """Declare an input that is a quantity."""
    return Input(name, label, dict.fromkeys(codes, partial(quantity, measure)))


RESPIRATION = measured("respiration", "respiration rate", loinc("9279-1"), Measure("/min", "2", "80"))
SPO2 = measured("spo2", "oxygen saturation", loinc("59408-5", "2708-6"), Measure("%", "40", "100"))
SYSTOLIC = measured("systolic", "systolic blood pressure", loinc("8480-6"), Measure("mm[Hg]", "40", "300"))
PULSE = measured("pulse", "pulse", loinc("8867-4"), Measure("/min", "10", "300"))
TEMPERATURE = measured("temperature", "temperature", loinc("8310-5"), Measure("Cel", "25", "45"))
HEIGHT = measured("height", "height", loinc("8302-2"), Measure("cm", "50", "250"))
WEIGHT = measured("weight", "weight", loinc("29463-7"), Measure("kg", "2", "500"))
CREATININE = measured(
    "creatinine", "creatinine", loinc("2160-0", "14682-9"), Measure("mg/dL", "0.1", "25", ("umol/L", "88.42"))
)
AST = measured("ast", "AST", loinc("1920-8"), Measure("U/L", "1", "20000"))
ALT = measured("alt", "ALT", loinc("1742-6"), Measure("U/L", "1", "20000"))
PLATELETS = measured("platelets", "platelets", loinc("777-3", "26515-7"), Measure("10*9/L", "1", "3000"))

OXYGEN = Input(
    "oxygen",
    "supplemental oxygen",
    {
        (LOINC, "3150-0"): partial(above, Measure("%", "21", "100"), "21"),
        (LOINC, "3151-8"): partial(above, Measure("L/min", "0", "80"), "0"),
    },
)

# LOINC has no "new confusion"; LA6560-2 (Confused) is the nearest recorded answer; SNOMED's acute confusion is exact.
ACVPU_CODES = {
    (LOINC, "LA9340-6"): "A",
    (LOINC, "LA6560-2"): "C",
    (LOINC, "LA17108-4"): "V",
    (LOINC, "LA17107-6"): "P",
    (LOINC, "LA9343-0"): "U",
    (SNOMED, "248234008"): "A",
    (SNOMED, "130987000"): "C",
    (SNOMED, "300202002"): "V",
    (SNOMED, "450847001"): "P",
    (SNOMED, "422768004"): "U",
}
ACVPU_WORDS = {
    word: letter
    for letter, words in {
        "A": ("a", "alert", "mentally alert"),
        "C": ("c", "confused", "confusion", "new confusion", "acute confusion"),
        "V": ("v", "voice", "verbal", "responds to voice"),
        "P": ("p", "pain", "painful", "responds to pain"),
        "U": ("u", "unresponsive"),
    }.items()
    for word in words
}
CONSCIOUSNESS = Input(
    "consciousness",
    "consciousness",
    dict.fromkeys(
        (*loinc("80288-4", "67775-7"), (SNOMED, "1104441000000107")), partial(answer, ACVPU_CODES, ACVPU_WORDS)
    ),
)
PREGNANCY_CODES = {
    (SNOMED, "77386006"): "pregnant",
    (SNOMED, "60001007"): "not pregnant",
    (LOINC, "LA15173-0"): "pregnant",
    (LOINC, "LA26683-5"): "not pregnant",
}
PREGNANCY_WORDS = {"pregnant": "pregnant", "not pregnant": "not pregnant"}
PREGNANCY = Input(
    "pregnancy", "pregnancy", dict.fromkeys(loinc("82810-3"), partial(answer, PREGNANCY_CODES, PREGNANCY_WORDS))
)
