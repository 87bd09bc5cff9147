"""fhirpy, synchronous: the same words over another HTTP library."""

from typing import Any

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

Person = dict[str, Any]


@pytest.fixture
def client(server: str) -> SyncFHIRClient:
    return SyncFHIRClient(server)


def test_the_life_of_a_resource(client: SyncFHIRClient, person: Person) -> None:
    patient = client.resource("Patient", **person).create()
    patient["active"] = True
    patient.update()
    patient.patch(gender="female")
    assert patient["meta"]["versionId"] == "3"
    read = client.reference(reference=patient.reference).to_resource()
    assert (read["active"], read["gender"]) == (True, "female")
    read.delete()
    with pytest.raises(ResourceNotFound):
        client.get("Patient", patient.id)


def test_search_pages_and_conditions(client: SyncFHIRClient, person: Person, mark: str) -> None:
    patient = client.resource("Patient", **person).save()
    made = [
        client.resource(
            "Encounter",
            status="finished",
            subject=patient,
            period={"start": f"2026-02-0{day}", "end": f"2026-02-0{day}"},
            **{"class": {"code": "AMB", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}},
        ).save()
        for day in range(1, 6)
    ]
    encounters = client.resources("Encounter").search(patient__Patient__identifier=f"urn:test|{mark}")
    assert [one.id for one in encounters.sort("date").limit(2).fetch_all()] == [one.id for one in made]
    assert encounters.count() == 5
    assert [one.id for one in encounters.search(date__ge="2026-02-02", date__lt="2026-02-04").sort("date")] == [
        made[1].id,
        made[2].id,
    ]
    with pytest.raises(MultipleResourcesFound):
        encounters.get()
    same, created = client.resources("Patient").search(identifier=mark).get_or_create(client.resource("Patient"))
    assert (same.id, created) == (patient.id, False)


def test_errors_are_those_of_the_client(client: SyncFHIRClient, person: Person) -> None:
    wrong = client.resource("Patient", **person, gender="unknowable")
    assert wrong.is_valid() is False
    with pytest.raises(OperationOutcome, match=r"Patient\.gender"):
        wrong.save()
    with pytest.raises(ResourceNotFound):
        client.reference("Patient", "nobody-has-this-id").to_resource()
