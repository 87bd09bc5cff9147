"""Patients and Observations as the store would hand them out."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.risk.inputs import LOINC, UCUM

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
AT = "2026-11-22T07:30:00Z"
ALERT = {"valueCodeableConcept": {"coding": [{"system": LOINC, "code": "LA9340-6", "display": "Alert"}]}}


def patient(id_: str = "p1", **changed: Any) -> Resource:
    made: Resource = {"resourceType": "Patient", "id": id_, "meta": {"versionId": "3"}, "gender": "female"}
    return {**made, "birthDate": "1950-05-02", **changed}


def quantity(value: str, code: str) -> dict[str, Any]:
    return {"valueQuantity": {"value": Decimal(value), "unit": code, "system": UCUM, "code": code}}


def observation(
    id_: str, loinc: str, value: dict[str, Any], when: str = AT, of: str = "p1", **changed: Any
) -> Resource:
    return {
        "resourceType": "Observation",
        "id": id_,
        "meta": {"versionId": "1"},
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": loinc}]},
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": when,
        **value,
        **changed,
    }


def vitals(when: str = AT, of: str = "p1", **changed: Resource | None) -> list[Resource]:
    """A complete NEWS2 set of 6 points (2 + 1 + 0 + 1 + 1 + 0 + 1); keywords replace or (None) leave out."""
    made: dict[str, Resource | None] = {
        "resp": observation(f"{of}-resp", "9279-1", quantity("22", "/min"), when, of),
        "spo2": observation(f"{of}-spo2", "59408-5", quantity("94", "%"), when, of),
        "oxygen": observation(f"{of}-oxygen", "3150-0", quantity("21", "%"), when, of),
        "bp": pressure(f"{of}-bp", "101", when, of),
        "pulse": observation(f"{of}-pulse", "8867-4", quantity("91", "{beats}/min"), when, of),
        "acvpu": observation(f"{of}-acvpu", "80288-4", ALERT, when, of),
        "temp": observation(f"{of}-temp", "8310-5", quantity("38.60", "Cel"), when, of),
        **changed,
    }
    return [each for each in made.values() if each is not None]


def pressure(id_: str, systolic: str, when: str = AT, of: str = "p1") -> Resource:
    halves = (("8480-6", systolic), ("8462-4", "60"))
    components = [{"code": {"coding": [{"system": LOINC, "code": c}]}, **quantity(v, "mm[Hg]")} for c, v in halves]
    return observation(id_, "85354-9", {"component": components}, when, of)


def creatinine(value: str = "1.10", code: str = "mg/dL", when: str = AT, **changed: Any) -> Resource:
    return observation("crea", "2160-0", quantity(value, code), when, **changed)


def liver(when: str = AT) -> list[Resource]:
    return [
        observation("ast", "1920-8", quantity("30", "U/L"), when),
        observation("alt", "1742-6", quantity("25", "U/L"), when),
        observation("plt", "777-3", quantity("280", "10*3/uL"), when),
    ]


def body() -> list[Resource]:
    return [
        observation("height", "8302-2", quantity("170", "cm"), "2010-01-05"),
        observation("weight", "29463-7", quantity("80.0", "kg")),
    ]
