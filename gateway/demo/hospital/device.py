"""Results of a device at the bedside that sends its own codes and names, never LOINC: food for the page of local codes.

The results are apart from those of `bundles`, so that the hospital itself stays the same.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from gateway.fhir.fhir_json import Resource

SYSTEM = "urn:oid:1.3.6.1.4.1.99999.12"
"""The code system of the device; an arbitrary number below an arc for examples."""


class DeviceCode(NamedTuple):
    """A measurement of the device: its code, name and unit, and the range that values are drawn from."""

    code: str
    name: str
    unit: str
    low: float
    high: float
    decimals: int


CODES = (
    DeviceCode("K+", "Potassium plasma", "mmol/L", 3.4, 5.3, 1),
    DeviceCode("NA+", "Sodium plasma", "mmol/L", 134, 147, 0),
    DeviceCode("CREA", "Creatinine serum", "mg/dL", 0.6, 1.6, 2),
    DeviceCode("HGB", "Hemoglobin blood", "g/dL", 9, 17, 1),
    DeviceCode("GPT", "Alanine aminotransferase (GPT)", "U/L", 8, 70, 0),
    DeviceCode("COHB", "Carboxyhemoglobin fraction", "%", 0.3, 4, 1),
)


def device_bundle(site: str, patients: int, now: datetime) -> Resource:
    """Return a transaction with one result of each code for each of the first five patients of `site`."""
    results = [
        _result(Random(f"{site}/{number}/{code.code}"), site, number, code, now)
        for number in range(1, min(patients, 5) + 1)
        for code in CODES
    ]
    entries = [
        {"resource": result, "request": {"method": "PUT", "url": f"Observation/{result['id']}"}} for result in results
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _result(random: Random, site: str, number: int, code: DeviceCode, now: datetime) -> Resource:
    moment = now - timedelta(minutes=random.randrange(60, 3_000))
    value = Decimal(f"{random.uniform(code.low, code.high):.{code.decimals}f}")
    patient = f"https://{site}.example/fhir/mrn|{site[:1].upper()}{number:06d}"
    return {
        "resourceType": "Observation",
        "id": f"{site}-device-{number}-{code.code.lower().replace('+', '')}",
        "status": "final",
        "code": {"coding": [{"system": SYSTEM, "code": code.code, "display": code.name}], "text": code.name},
        "subject": {"reference": f"Patient?identifier={patient}"},
        "effectiveDateTime": moment.isoformat(timespec="seconds"),
        "valueQuantity": {"value": value, "unit": code.unit},
    }
