"""fhirpy, asynchronous: the life of resources, Bundles, operations. https://github.com/beda-software/fhir-py"""

from typing import Any, Literal

import pytest
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound
from pydantic import BaseModel

Person = dict[str, Any]


@pytest.fixture
def client(server: str) -> AsyncFHIRClient:
    return AsyncFHIRClient(server)


async def test_create_save_get_delete(client: AsyncFHIRClient, person: Person) -> None:
    patient = client.resource("Patient", **person)
    await patient.save()
    assert patient.id and patient["meta"]["versionId"] == "1"
    patient["birthDate"] = "1981-04-02"
    await patient.save()
    assert patient["meta"]["versionId"] == "2"
    assert (await client.get("Patient", patient.id))["birthDate"] == "1981-04-02"
    await patient.delete()
    with pytest.raises(ResourceNotFound):
        await client.get("Patient", patient.id)


async def test_an_id_of_the_clients_choice(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    patient = await client.resource("Patient", id=mark, **person).update()
    assert (patient.id, patient["meta"]["versionId"]) == (mark, "1")
    assert (await client.reference("Patient", mark).to_resource()).id == mark


async def test_only_who_knows_the_version_may_replace_it(client: AsyncFHIRClient, server: str, person: Person) -> None:
    patient = await client.resource("Patient", **person).create()
    held = AsyncFHIRClient(server, extra_headers={"If-Match": 'W/"1"'})
    await held.resource("Patient", **{**patient, "active": True}).update()
    with pytest.raises(MultipleResourcesFound):  # what fhirpy calls 412
        await held.resource("Patient", **{**patient, "active": False}).update()
    assert (await client.get("Patient", patient.id))["active"] is True


class Patient(BaseModel, extra="allow"):
    """A class of the user's own, as fhirpy takes it beside its own."""

    resourceType: Literal["Patient"] = "Patient"
    id: str | None = None


async def test_classes_of_the_users_own(server: str, person: Person, mark: str) -> None:
    client = AsyncFHIRClient(server, dump_resource=lambda model: model.model_dump())
    patient = await client.create(Patient(**person))
    assert isinstance(patient, Patient) and patient.id
    patient = await client.patch(patient, gender="female")
    assert (await client.get(Patient, patient.id)) == patient
    again = await client.update(patient)
    assert again == patient  # an update that changes nothing makes no version
    assert await client.resources(Patient).search(identifier=mark).fetch_all() == [patient]
    await client.delete(patient)
    with pytest.raises(ResourceNotFound):
        await client.get(patient)


async def test_patch_and_refresh(client: AsyncFHIRClient, person: Person) -> None:
    patient = await client.resource("Patient", **person).save()
    other = await client.get("Patient", patient.id)
    await patient.patch(active=False, birthDate=None)
    assert patient["active"] is False and "birthDate" not in patient
    assert other["birthDate"] == "1980-03-01"
    known = client.resource("Patient", **other)
    await known.refresh()
    assert known["active"] is False
    await known.refresh()  # nothing new
    assert known["meta"]["versionId"] == "2"


async def test_patch_by_reference_and_save_of_single_fields(client: AsyncFHIRClient, person: Person) -> None:
    patient = await client.resource("Patient", **person).save()
    assert (await patient.to_reference().patch(gender="female"))["gender"] == "female"
    patient["active"] = True
    await patient.save(fields=["active"])
    read = await client.get("Patient", patient.id)
    assert (read["gender"], read["active"]) == ("female", True)


async def test_what_is_not_valid_names_the_element(client: AsyncFHIRClient, person: Person) -> None:
    wrong = client.resource("Patient", **person, gender="unknowable")
    with pytest.raises(OperationOutcome) as raised:
        await wrong.save()
    assert raised.value.resource["issue"][0]["expression"] == ["Patient.gender"]
    assert await wrong.is_valid() is False
    with pytest.raises(OperationOutcome):
        await wrong.is_valid(raise_exception=True)
    assert await client.resource("Patient", **person).is_valid() is True


async def test_a_transaction(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    name = f"urn:uuid:3c1f4cd0-0000-4000-8000-{mark}"
    entries = [
        {
            "fullUrl": name,
            "resource": {"resourceType": "Patient", **person},
            "request": {"method": "POST", "url": "Patient"},
        },
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "code": {"text": "pulse"},
                "subject": {"reference": name},
            },
            "request": {"method": "POST", "url": "Observation"},
        },
    ]
    answer = await client.resource("Bundle", type="transaction", entry=entries).save()
    assert answer["type"] == "transaction-response"
    assert [one["response"]["status"][:3] for one in answer["entry"]] == ["201", "201"]
    patient = await client.resources("Patient").search(identifier=mark).get()
    assert [
        o["subject"]["reference"] for o in await client.resources("Observation").search(patient=patient).fetch()
    ] == [f"Patient/{patient.id}"]


async def test_a_batch_answers_for_each(client: AsyncFHIRClient, person: Person) -> None:
    patient = await client.resource("Patient", **person).save()
    entries = [{"request": {"method": "GET", "url": url}} for url in (patient.reference, "Patient/nobody-has-this-id")]
    answer = await client.execute("/", data={"resourceType": "Bundle", "type": "batch", "entry": entries})
    assert [one["response"]["status"][:3] for one in answer["entry"]] == ["200", "404"]


async def test_a_transaction_that_fails_leaves_nothing(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    entries = [
        {"resource": {"resourceType": "Patient", **person}, "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Patient", "gender": "x"}, "request": {"method": "POST", "url": "Patient"}},
    ]
    with pytest.raises(OperationOutcome) as raised:
        await client.resource("Bundle", type="transaction", entry=entries).save()
    assert "entry[1]" in raised.value.resource["issue"][0]["expression"][0]
    assert await client.resources("Patient").search(identifier=mark).fetch() == []


async def test_operations_at_each_level(client: AsyncFHIRClient, person: Person) -> None:
    patient = await client.resource("Patient", **person).save()
    resource = patient.serialize()
    for told in (
        await patient.execute("$validate", data=resource),
        await client.resources("Patient").execute("$validate", data=resource),
        await client.execute("$validate", data=resource),
        await client.resources("Patient").execute(
            "$validate",
            data={"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}]},
        ),
    ):
        assert told["resourceType"] == "OperationOutcome"
        assert not [issue for issue in told["issue"] if issue["severity"] in ("fatal", "error")], told


async def test_history_and_metadata(client: AsyncFHIRClient, person: Person) -> None:
    patient = await client.resource("Patient", **person).save()
    await patient.patch(active=True)
    history = await patient.execute("_history", method="get")
    assert [one["resource"]["meta"]["versionId"] for one in history["entry"]] == ["2", "1"]
    stated = await client.execute("metadata", method="get")
    assert (stated["resourceType"], stated["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
