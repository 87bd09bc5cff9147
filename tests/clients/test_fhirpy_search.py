"""fhirpy, asynchronous: searches, and what is done to what they find."""

from typing import Any

import pytest
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound
from fhirpy.base.searchset import Raw

Person = dict[str, Any]


@pytest.fixture
def client(server: str) -> AsyncFHIRClient:
    return AsyncFHIRClient(server)


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
