"""Do to good data what real senders do: codings in odd order, units without codes, numbers as text, absent values."""

from random import Random
from typing import Any

from gateway.fhir.fhir_json import Resource

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
LOINC = "http://loinc.org"


def codings(random: Random, loinc: str, display: str, local: str) -> list[dict[str, Any]]:
    """Return LOINC and the hospital's own code in any order, sometimes repeated, sometimes with LOINC's OID as well."""
    made: list[dict[str, Any]] = [{"system": LOINC, "code": loinc, "display": display}]
    if random.random() < 0.7:
        made.append({"system": "urn:oid:1.3.6.1.4.1.99999.7", "code": local})
    if random.random() < 0.08:
        made.append({"system": "urn:oid:2.16.840.1.113883.6.1", "code": loinc})
    if random.random() < 0.03:
        made.append(made[0])
    random.shuffle(made)
    return made


def spoil(random: Random, observation: Resource) -> Resource:
    """Make about three in a hundred results lose their unit code, become text, or be absent."""
    quantity = observation.get("valueQuantity")
    draw = random.random()
    if quantity is None or draw > 0.03:
        return observation
    kept = {key: value for key, value in observation.items() if key != "valueQuantity"}
    if draw < 0.013:
        return kept | {"valueQuantity": {"value": quantity["value"], "unit": quantity["unit"]}}
    if draw < 0.02:
        return kept | {"valueString": f"{quantity['value']} {quantity['unit']}"}
    reason = random.choice(("not-performed", "error", "asked-declined", "unknown"))
    return {k: v for k, v in kept.items() if k != "interpretation"} | {
        "dataAbsentReason": {"coding": [{"system": ABSENT, "code": reason}]}
    }
