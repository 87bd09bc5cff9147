"""Make an Observation of one measurement, with the habits of real senders: see `messy`."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any

from gateway.demo.hospital.analytes import ANALYTES, LABORATORY, VITALS, Way
from gateway.demo.hospital.messy import ABSENT, codings, spoil
from gateway.demo.hospital.people import SyntheticPerson
from gateway.demo.hospital.schedule import Moment
from gateway.fhir.fhir_json import Resource

UCUM = "http://unitsofmeasure.org"
_ACVPU = (("LA9340-6", "Alert"), ("LA6560-2", "Confused"), ("LA17108-4", "Verbal"), ("LA17107-6", "Painful"))


_STATUS = {"final": 950, "amended": 15, "corrected": 15, "preliminary": 14, "entered-in-error": 6}


def observation(random: Random, who: SyntheticPerson, moment: Moment, name: str, encounter: str) -> Resource:
    """Return one measurement of a person, with the faults of real senders.

    name: a key of ANALYTES that a body has a baseline for, or "bp", "oxygen" (which is fio2 or flow) or "acvpu".
    """
    makers = {"bp": _pressure, "acvpu": _consciousness, "oxygen": _oxygen}
    body = makers[name](random, who, moment) if name in makers else _measured(random, who, moment, name)
    made: Resource = {
        "resourceType": "Observation",
        "id": f"{who.site}-{who.mrn.lower()}-{moment.at:%y%m%d%H%M}-{name}",
        "identifier": [_identifier(who, moment, name)],
        "status": random.choices(list(_STATUS), list(_STATUS.values()))[0],
        **body,
        "subject": {"reference": who.urn},
        "encounter": {"reference": encounter},
        **_times(random, moment.at, body["category"][0]["coding"][0]["code"] == LABORATORY),
    }
    return spoil(random, made)


def _identifier(who: SyntheticPerson, moment: Moment, name: str) -> dict[str, str]:
    return {"system": f"https://{who.site}.example/fhir/result", "value": f"{who.mrn}-{moment.at:%y%m%d%H%M}-{name}"}


def _times(random: Random, at: datetime, laboratory: bool) -> dict[str, str]:
    """Write the same hour as different senders write it. A few laboratory dates are days only."""
    if laboratory and random.random() < 0.03:
        return {"effectiveDateTime": f"{at:%Y-%m-%d}"}
    zoned = at.astimezone(timezone(timedelta(hours=random.choice((0, 0, 1)))))
    forms = (f"{at:%Y-%m-%dT%H:%M:%SZ}", zoned.isoformat(), f"{at:%Y-%m-%dT%H:%M:%S}.000Z")
    times = {"effectiveDateTime": random.choice(forms)}
    if laboratory:
        times["issued"] = f"{at + timedelta(minutes=random.randint(20, 90)):%Y-%m-%dT%H:%M:%S.000Z}"
    return times


def _head(random: Random, loinc: str, display: str, local: str, category: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "category": [{"coding": [{"system": system, "code": category}]}],
        "code": {"coding": codings(random, loinc, display, local), "text": display},
    }


def _measured(random: Random, who: SyntheticPerson, moment: Moment, name: str) -> dict[str, Any]:
    value = who.body.value(name, moment.at, moment.severity, random)
    return _result(random, name, value)


def _result(random: Random, name: str, value: float) -> dict[str, Any]:
    analyte = ANALYTES[name]
    way = random.choices(analyte.ways, [way.weight for way in analyte.ways])[0]
    made = _head(random, way.loinc or analyte.loinc, analyte.display, analyte.local, analyte.category)
    made["valueQuantity"] = _quantity(value, way)
    if analyte.low is not None and analyte.high is not None:
        made["referenceRange"] = [{"low": _quantity(analyte.low, way), "high": _quantity(analyte.high, way)}]
        if not analyte.low <= value <= analyte.high:
            made["interpretation"] = [_interpretation("L" if value < analyte.low else "H")]
    return made


def _interpretation(code: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return {"coding": [{"system": system, "code": code}]}


def _quantity(value: float, way: Way) -> dict[str, Any]:
    sent = Decimal(f"{value * way.factor + way.offset:.{way.decimals}f}")
    return {"value": sent, "unit": way.text, "system": UCUM, "code": way.code}


def _pressure(random: Random, who: SyntheticPerson, moment: Moment) -> dict[str, Any]:
    """Return a panel, which has no value of its own. Now and then one half could not be measured."""
    made = _head(random, "85354-9", "Blood pressure panel with all children optional", "NIBP", VITALS)
    halves = (("systolic", "8480-6", "Systolic blood pressure"), ("diastolic", "8462-4", "Diastolic blood pressure"))
    lost = random.choices((None, "systolic", "diastolic"), (97, 1, 2))[0]
    made["component"] = []
    for name, loinc, display in halves:
        value = max(who.body.value(name, moment.at, moment.severity, random), 45.0)
        half = {"valueQuantity": _quantity(value, Way("mm[Hg]", "mmHg", 0))}
        absent = {"dataAbsentReason": {"coding": [{"system": ABSENT, "code": "error"}]}}
        code = {"coding": [{"system": "http://loinc.org", "code": loinc, "display": display}]}
        made["component"].append({"code": code, **(absent if name == lost else half)})
    return made


def _oxygen(random: Random, who: SyntheticPerson, moment: Moment) -> dict[str, Any]:
    """Return the oxygen that is given. Room air is recorded too, as 21 % or as a flow of zero."""
    if moment.severity > 0.35:
        return _result(random, "flow", 1 + 9 * moment.severity)
    return _result(random, *random.choice((("fio2", 21.0), ("fio2", 21.0), ("flow", 0.0))))


def _consciousness(random: Random, who: SyntheticPerson, moment: Moment) -> dict[str, Any]:
    made = _head(random, random.choice(("80288-4", "67775-7")), "Level of consciousness", "ACVPU", VITALS)
    worst = min(int(max(moment.severity - 0.6, 0) * 8), 3)
    code, display = _ACVPU[worst]
    coded = {"coding": [{"system": "http://loinc.org", "code": code, "display": display}]}
    made["valueCodeableConcept"] = random.choices((coded, {"text": display}), (9, 1))[0]
    return made
