"""Observations of a small laboratory: each analyte under LOINC's name, and under names people give it."""

from decimal import Decimal
from typing import Any

LOINC = "http://loinc.org"
LAB = "http://lab.example/codes"

ANALYTES = {  # code: (unit, a usual number, names)
    "2160-0": ("mg/dL", 1.1, ("Creatinine [Mass/volume] in Serum", "Creatinine", "creatinine level", "Creat serum")),
    "2951-2": ("mmol/L", 140, ("Sodium [Moles/volume] in Serum", "Sodium", "sodium level", "Serum sodium")),
    "2823-3": ("mmol/L", 4.2, ("Potassium [Moles/volume] in Serum", "Potassium", "potassium level", "Serum potassium")),
    "718-7": ("g/dL", 14, ("Hemoglobin [Mass/volume] in Blood", "Haemoglobin", "hemoglobin level", "Blood hemoglobin")),
    "777-3": ("10*3/uL", 250, ("Platelets [#/volume] in Blood", "Platelet count", "platelets", "Blood platelets")),
    "8867-4": ("/min", 72, ("Heart rate", "Pulse rate", "heart rate monitored", "Heart rate (pulse)")),
    "8310-5": ("Cel", 37, ("Body temperature", "Temperature", "temperature of body", "Temp. body")),
    "29463-7": ("kg", 80, ("Body weight", "Weight", "weight of body", "Weight measured")),
}


def observation(id_: str, *codings: dict[str, str], text: str = "", **more: Any) -> dict[str, Any]:
    code: dict[str, Any] = {}
    if codings:
        code["coding"] = list(codings)
    if text:
        code["text"] = text
    return {"resourceType": "Observation", "id": id_, "status": "final", "code": code, **more}


def quantity(value: float, unit: str) -> dict[str, Any]:
    """As FHIR text is parsed: what is not whole is a decimal."""
    number = value if isinstance(value, int) else Decimal(str(value))
    return {"valueQuantity": {"value": number, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}}


def coded() -> list[dict[str, Any]]:
    """Every analyte by every name, the first as LOINC's display."""
    found = []
    for code, (unit, number, names) in ANALYTES.items():
        for place, name in enumerate(names):
            loinc = {"system": LOINC, "code": code} | ({"display": name} if place == 0 else {})
            text = {} if place == 0 else {"text": name}
            found.append(observation(f"c{code}-{place}", loinc, **text, **quantity(number, unit)))
    return found


def local(id_: str, code: str, display: str, value: float, unit: str) -> dict[str, Any]:
    return observation(id_, {"system": LAB, "code": code, "display": display}, **quantity(value, unit))
