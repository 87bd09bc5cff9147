"""One patient's stay, and another patient's, as resources."""

from typing import Any

Resource = dict[str, Any]
LOINC, BASE = "http://loinc.org", "http://gateway/fhir"


def observation(
    id_: str, code: str | dict[str, Any], day: str | None, subject: str = "Patient/p", **more: Any
) -> Resource:
    concept = code if isinstance(code, dict) else {"coding": [{"system": LOINC, "code": code}]}
    dated = {"effectiveDateTime": day} if day else {}
    subject_ = {"subject": {"reference": subject}}
    return {"resourceType": "Observation", "id": id_, "status": "final", "code": concept, **subject_, **dated, **more}


def encounter(id_: str, start: str, end: str | None, subject: str = "Patient/p", **more: Any) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": id_,
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": subject},
        "period": {"start": start, **({"end": end} if end else {})},
        **more,
    }


WARD: list[Resource] = [
    {"resourceType": "Organization", "id": "clinic", "name": "Clinic"},
    {"resourceType": "Organization", "id": "ward", "name": "Ward", "partOf": {"reference": "Organization/clinic"}},
    {
        "resourceType": "Organization",
        "id": "room",
        "name": "Room",
        "partOf": {"reference": f"{BASE}/Organization/ward"},
    },
    {"resourceType": "Practitioner", "id": "doc", "name": [{"family": "Grün"}]},
    {
        "resourceType": "Patient",
        "id": "p",
        "birthDate": "1950-01-01",
        "name": [{"family": "Muster"}],
        "managingOrganization": {"reference": "Organization/room"},
        "generalPractitioner": [{"reference": f"{BASE}/Practitioner/doc"}],
    },
    {"resourceType": "Patient", "id": "q", "name": [{"family": "Andere"}]},
    encounter("e1", "2024-01-01", "2024-01-10"),
    encounter("e2", "2024-06-01", None, partOf={"reference": "Encounter/e1"}),
    observation("o1", "8480-6", "2024-01-02", encounter={"reference": "Encounter/e1"}),
    observation("o2", "8480-6", "2024-03-02"),
    observation("o3", "2160-0", "2024-02-02", performer=[{"reference": "Practitioner/doc"}]),
    observation("o4", "8480-6", "2024-04-02", subject=f"{BASE}/Patient/p"),
    observation("other", "8480-6", "2024-05-02", subject="Patient/q"),
]
