"""A population that is the same each time: everything about a patient follows from the patient's number.

About 10 Observations, 1 to 2 Encounters and 1 to 2 Conditions each, over the five years to the middle of 2026.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks.search import codes, names
from benchmarks.search.codes import CATEGORIES, CLASSES, CLINICAL, LOINC, PRESSURE, SNOMED, UCUM, Measure

Resource = dict[str, Any]
MRN = "https://hospital.example/mrn"
END = datetime(2026, 6, 30, tzinfo=UTC)
SPAN = timedelta(days=5 * 365)
_PRACTITIONERS = 200


def patient(number: int) -> Resource:
    of = _of(number)
    born = date(1930, 1, 1) + timedelta(days=int(of.triangular(0, 95 * 365, 45 * 365)))
    return {
        "resourceType": "Patient",
        "id": f"p{number}",
        "identifier": [{"system": MRN, "value": f"{number * 7919 % 10_000_019:08d}"}],
        "active": True,
        "name": [{"use": "official", "family": names.family(of), "given": [names.given(of), names.given(of)]}],
        "telecom": [{"system": "phone", "value": f"+49 30 {of.randrange(10**7):07d}"}],
        "gender": of.choice(("female", "male")),
        "birthDate": born.isoformat(),
        "address": [{"city": f"Town {of.randrange(400)}", "postalCode": f"{of.randrange(10**5):05d}", "country": "DE"}],
    }


def resources(number: int) -> Iterator[tuple[Resource, datetime]]:
    """Yield the resources of one patient, each with the time at which it counts as stored."""
    of = _of(number, "rest")
    yield patient(number), END - SPAN * of.random()
    for index in range(of.choice((1, 1, 2))):
        yield _encounter(number, index, of)
    for index in range(of.choice((1, 1, 2))):
        yield _condition(number, index, of)
    for index in range(of.randint(6, 14)):
        yield _observation(number, index, of)


def _of(number: int, part: str = "") -> random.Random:
    return random.Random(f"{number}{part}")


def _moment(of: random.Random) -> datetime:
    return (END - SPAN * of.random()).replace(microsecond=0)


def _encounter(number: int, index: int, of: random.Random) -> tuple[Resource, datetime]:
    code, display = of.choices(codes.VISITS, (7, 2, 1))[0]
    start = _moment(of)
    end = start + timedelta(hours=of.choice((1, 2, 6, 48, 120)))
    return {
        "resourceType": "Encounter",
        "id": f"e{number}-{index}",
        "status": "finished",
        "class": {"system": CLASSES, "code": code, "display": display},
        "subject": {"reference": f"Patient/p{number}"},
        "participant": [{"individual": {"reference": f"Practitioner/d{of.randrange(_PRACTITIONERS)}"}}],
        "period": {"start": start.isoformat(), "end": end.isoformat()},
    }, end


def _condition(number: int, index: int, of: random.Random) -> tuple[Resource, datetime]:
    code, display, _ = of.choices(codes.CONDITIONS, cum_weights=codes.CONDITION_WEIGHTS)[0]
    onset = _moment(of)
    return {
        "resourceType": "Condition",
        "id": f"c{number}-{index}",
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": of.choice(("active", "active", "resolved"))}]},
        "code": {"coding": [{"system": SNOMED, "code": code, "display": display}], "text": display},
        "subject": {"reference": f"Patient/p{number}"},
        "encounter": {"reference": f"Encounter/e{number}-0"},
        "onsetDateTime": onset.date().isoformat(),
    }, onset


def _observation(number: int, index: int, of: random.Random) -> tuple[Resource, datetime]:
    measure = of.choices(codes.MEASURES, cum_weights=codes.MEASURE_WEIGHTS)[0]
    at = _moment(of)
    category = {"coding": [{"system": CATEGORIES, "code": measure.category}]}
    return {
        "resourceType": "Observation",
        "id": f"o{number}-{index}",
        "status": of.choices(("final", "amended", "preliminary"), (17, 2, 1))[0],
        "category": [category],
        "code": _loinc(measure.code, measure.display),
        "subject": {"reference": f"Patient/p{number}"},
        "encounter": {"reference": f"Encounter/e{number}-0"},
        "effectiveDateTime": at.isoformat(),
        **_result(measure, of),
    }, at + timedelta(minutes=of.randrange(90))


def _result(measure: Measure, of: random.Random) -> Resource:
    if measure is not PRESSURE:
        return {"valueQuantity": _quantity(measure, of.gauss(measure.middle, measure.spread))}
    systolic = of.gauss(measure.middle, measure.spread)
    parts = ((codes.SYSTOLIC, "Systolic blood pressure", systolic), (codes.DIASTOLIC, "Diastolic", systolic * 0.65))
    return {
        "component": [
            {"code": _loinc(code, what), "valueQuantity": _quantity(measure, value)} for code, what, value in parts
        ]
    }


def _quantity(measure: Measure, value: float) -> Resource:
    places = "1" if measure.middle > 60 else "0.1" if measure.middle > 10 else "0.01"
    written = Decimal(str(max(value, 0.1))).quantize(Decimal(places))
    return {"value": written, "unit": measure.unit, "system": UCUM, "code": measure.unit}


def _loinc(code: str, display: str) -> Resource:
    return {"coding": [{"system": LOINC, "code": code, "display": display}]}
