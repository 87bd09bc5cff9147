"""What belongs to a patient, by the clients in Python."""

from typing import Any

from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirpy import AsyncFHIRClient

Person = dict[str, Any]


async def _patient(server: str, person: Person) -> tuple[Any, Any]:
    """A patient and an observation of theirs."""
    client = AsyncFHIRClient(server)
    patient = await client.resource("Patient", **person).save()
    reading = client.resource("Observation", status="final", code={"text": "pulse"}, subject=patient)
    return patient, await reading.save()


async def test_fhirpy_executes_everything(server: str, person: Person) -> None:
    patient, observation = await _patient(server, person)
    for method in ("get", "post"):
        bundle = await patient.execute("$everything", method=method)
        assert {one["resource"]["id"] for one in bundle["entry"]} == {patient.id, observation.id}


async def test_fhirpy_searches_a_compartment(server: str, person: Person) -> None:
    patient, observation = await _patient(server, person)
    found = await AsyncFHIRClient(server).execute(f"{patient.reference}/Observation", method="get")
    assert [one["resource"]["id"] for one in found["entry"]] == [observation.id]


async def test_fhirclient_reads_everything(server: str, person: Person) -> None:
    patient, observation = await _patient(server, person)
    remote = FHIRClient(settings={"app_id": "tests", "api_base": server}).server
    bundle = Bundle.read_from(f"{patient.reference}/$everything", remote)
    assert {one.resource.id for one in bundle.entry} == {patient.id, observation.id}
