"""fhirpy, asynchronous: https://github.com/beda-software/fhir-py"""

from typing import Any, Literal

import pytest
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound
from fhirpy.base.searchset import Raw
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


async def test_search_by_name_date_and_identifier(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    patient = await client.resource("Patient", **person).save()
    patients = client.resources("Patient")
    for found in (
        patients.search(identifier=f"urn:test|{mark}"),
        patients.search(family__exact=f"Muster{mark}"),
        patients.search(name__contains=mark, birthdate__ge="1980", birthdate__lt="1981"),
        patients.search(Raw(**{"name:contains": mark})),
        patients.search(identifier=f"urn:test|{mark},urn:test|nobody", gender__missing=True),
        patients.search(identifier=f"urn:test|{mark}", gender__not=["male"]),
        patients.search(_lastUpdated__gt="2020", _id=patient.id),
    ):
        assert [one.id for one in await found.fetch()] == [patient.id], found
    assert await patients.search(identifier=f"urn:test|{mark}", birthdate__gt="1990").first() is None
    with pytest.raises(ResourceNotFound):
        await patients.search(identifier="urn:test|nobody").get()


async def _readings(client: AsyncFHIRClient, person: Person, count: int) -> tuple[Any, list[Any]]:
    patient = await client.resource("Patient", **person).save()
    code = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
    made = [
        await client.resource(
            "Observation",
            status="final",
            code=code,
            subject=patient,
            effectiveDateTime=f"2026-01-0{day + 1}",
            valueQuantity={"value": 60 + day, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
        ).save()
        for day in range(count)
    ]
    return patient, made


async def test_chains_both_ways(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    patient, made = await _readings(client, person, 2)
    observations = client.resources("Observation")
    found = await observations.search(patient__Patient__name=f"Muster{mark}", code="http://loinc.org|8867-4").fetch()
    assert {one.id for one in found} == {one.id for one in made}
    found = await observations.search(subject__Patient__birthdate__lt="1981", patient__identifier=mark).fetch()
    assert len(found) == 2
    having = client.resources("Patient").has("Observation", "patient", value_quantity__ge="61")
    assert [one.id for one in await having.search(identifier=mark).fetch()] == [patient.id]
    none = client.resources("Patient").has("Observation", "patient", value_quantity__gt="61")
    assert await none.search(identifier=mark).fetch() == []


async def test_pages_until_there_are_no_more(client: AsyncFHIRClient, person: Person) -> None:
    patient, made = await _readings(client, person, 7)
    searched = client.resources("Observation").search(patient=patient).sort("-date").limit(2)
    assert [one.id for one in await searched.fetch()] == [made[6].id, made[5].id]
    assert [one.id for one in await searched.fetch_all()] == [one.id for one in reversed(made)]
    assert [one.id async for one in searched.sort("date")] == [one.id for one in made]


async def test_includes(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    patient, made = await _readings(client, person, 2)
    bundle = await client.resources("Observation").search(patient=patient).include("Observation", "patient").fetch_raw()
    assert sorted(one["search"]["mode"] for one in bundle["entry"]) == ["include", "match", "match"]
    included = next(one.resource for one in bundle["entry"] if one["search"]["mode"] == "include")
    assert included.id == patient.id
    patients = client.resources("Patient").search(identifier=mark).revinclude("Observation", "subject")
    found = await patients.fetch_raw()
    assert {one.resource.id for one in found["entry"]} == {patient.id, *(one.id for one in made)}
    assert [one.id for one in await patients.fetch()] == [patient.id]


async def test_elements(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    await client.resource("Patient", **person).save()
    [found] = await client.resources("Patient").search(identifier=mark).elements("birthDate").fetch()
    assert found["birthDate"] == "1980-03-01" and "identifier" not in found


async def test_counting(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    await client.resource("Patient", **person).save()
    assert await client.resources("Patient").search(identifier=mark).count() == 1
    assert await client.resources("Patient").search(identifier="nobody").count() == 0


async def test_an_unknown_parameter(client: AsyncFHIRClient, server: str, person: Person, mark: str) -> None:
    """R4 leaves to servers what they do; asked for leniency, they should leave it out."""
    await client.resource("Patient", **person).save()
    with pytest.raises(OperationOutcome, match="shoe-size"):
        await client.resources("Patient").search(identifier=mark, shoe_size="43").fetch()
    lenient = AsyncFHIRClient(server, extra_headers={"Prefer": "handling=lenient"})
    assert len(await lenient.resources("Patient").search(identifier=mark, shoe_size="43").fetch()) == 1


async def test_get_or_create_and_update_by_search(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    searched = client.resources("Patient").search(identifier=f"urn:test|{mark}")
    patient, created = await searched.get_or_create(client.resource("Patient", **person))
    same, again = await searched.get_or_create(client.resource("Patient", **person))
    assert (created, again) == (True, False) and same.id == patient.id
    changed, created = await searched.update(client.resource("Patient", **person, active=True))
    assert (changed.id, changed["active"], created) == (patient.id, True, False)
    other = client.resources("Patient").search(identifier=f"urn:test|other-{mark}")
    _, created = await other.update(
        client.resource("Patient", identifier=[{"system": "urn:test", "value": f"other-{mark}"}])
    )
    assert created is True


@pytest.mark.filterwarnings("ignore:The first arg")
async def test_patch_and_delete_by_search(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    await client.resource("Patient", **person).save()
    searched = client.resources("Patient").search(identifier=f"urn:test|{mark}")
    patched = await searched.patch(gender="other")
    assert patched["gender"] == "other"
    _, status = await searched.delete()
    assert status in (200, 204)
    assert await searched.fetch() == []
    with pytest.raises(ResourceNotFound):
        await searched.patch(gender="male")


@pytest.mark.filterwarnings("ignore:The first arg")
async def test_a_condition_that_several_meet_changes_none(client: AsyncFHIRClient, person: Person, mark: str) -> None:
    for _ in range(2):
        await client.resource("Patient", **person).save()
    searched = client.resources("Patient").search(identifier=f"urn:test|{mark}")
    with pytest.raises(MultipleResourcesFound):
        await searched.get()
    for change in (
        searched.get_or_create(client.resource("Patient", **person)),
        searched.update(client.resource("Patient", **person)),
        searched.patch(gender="other"),
        searched.delete(),
    ):
        with pytest.raises(MultipleResourcesFound):
            await change
    assert [one["meta"]["versionId"] for one in await searched.fetch()] == ["1", "1"]


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
