"""Documents brought in line with other mappings, with writers at work, with a kill in the middle, and the proof."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Busy
from gateway.mapping import Mappings
from gateway.store import Store, Write
from gateway.store.feed.followers import Lease
from gateway.store.internal.remap import Applied

PATIENT = "resource: Patient\ncollection: people\nfields:\n  sex: {path: gender, type: code}\n"
BORN = "  born: {path: birthDate, type: date}\n"
GROUP = "resource: Group\ncollection: people\nfields:\n  type: {path: type, type: code}\n"
VIEW = """{"name": "active_people", "resource": "Patient", "where": [{"path": "active"}],
  "select": [{"column": [{"name": "sex", "path": "gender"}]}]}"""


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, **files: str) -> Mappings:
        for file in self.path.iterdir():
            file.unlink()
        for name, text in files.items():
            (self.path / name.replace("_", ".")).write_text(text, "utf-8")
        return Mappings.load(self.path)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def mappings(folder: Folder) -> Mappings:
    return folder(patient_yaml=PATIENT)


def patient(number: int, **content: Any) -> Write:
    resource = {"resourceType": "Patient", "id": f"p{number}", "gender": "female", "birthDate": "1970-01-02", **content}
    return Write("Patient", f"p{number}", resource, "partner:a")


async def apply(store: Store, told: list[tuple[int, int]] | None = None) -> Applied:
    return await store.internal.apply(lambda done, total: told.append((done, total)) if told is not None else None)


async def faults(store: Store) -> dict[str, int]:
    return dict((await store.audit()).faults)


@pytest.fixture
async def people(store: Store) -> Store:
    await store.commit(*(patient(n, active=n % 2 == 0) for n in range(1200)))
    return store


async def test_what_is_in_line_is_left_alone(people: Store) -> None:
    told: list[tuple[int, int]] = []
    applied = await apply(people, told)
    assert (applied.resources, applied.made, applied.removed, applied.left) == (1200, 0, 0, 0)
    assert told == [(500, 1200), (1000, 1200), (1200, 1200)] and await faults(people) == {}


async def test_another_mapping_makes_the_documents_again_and_nothing_else(people: Store, folder: Folder) -> None:
    head, before = await people.feed.head(), await people.resources.read("Patient", "p7")
    await people.internal.use(folder(patient_yaml=PATIENT + BORN))
    [(kind, count)] = (await faults(people)).items()
    assert count == 1200 and "made by another mapping" in kind and "gateway map apply" in kind
    assert (await apply(people)).made == 1200
    document = await people.internal.find("people", "p7")
    assert document and document["born"] == "1970-01-02"
    assert document["fhir"] == {
        "type": "Patient",
        "version": 1,
        "updated": before and before.updated,
        "origin": "partner:a",
        "mapping": people.internal.mappings.stamps["people"],
    }
    assert (await people.feed.head(), await people.resources.read("Patient", "p7")) == (head, before)
    assert await faults(people) == {} and (await apply(people)).made == 0


async def test_a_view_comes_and_goes(people: Store, folder: Folder) -> None:
    await people.internal.use(folder(patient_yaml=PATIENT, view_json=VIEW))
    assert sum((await faults(people)).values()) == 600
    assert (await apply(people)).made > 0
    assert await people.internal.count("active_people") == 600 and await faults(people) == {}
    await people.commit(patient(0, active=False), patient(1, active=True))
    assert await people.internal.find("active_people", "p1") and not await people.internal.find("active_people", "p0")
    assert await faults(people) == {} and (await apply(people)).made == 0
    await people.internal.use(folder(patient_yaml=PATIENT))
    assert sum((await faults(people)).values()) > 600
    assert (await apply(people)).removed == 600
    assert "active_people" not in await people.database.list_collection_names() and await faults(people) == {}
    assert await people.database["resources"].count_documents({"m": ["people"]}) == 1200


async def test_without_any_mapping_nothing_remains_but_what_others_keep_there(people: Store, folder: Folder) -> None:
    await people.database["notes"].insert_one({"_id": "mine"})
    await people.database["people"].insert_one({"_id": "mine"})
    await people.internal.use(folder())
    applied = await apply(people)
    assert (applied.removed, applied.dropped) == (1200, [])
    assert (
        await people.database["people"].count_documents({}) == await people.database["notes"].count_documents({}) == 1
    )
    assert await people.database["resources"].count_documents({"m": {"$exists": True}}) == 0
    assert await faults(people) == {}


async def test_a_collection_can_pass_to_another_type(people: Store, folder: Folder) -> None:
    group = {"resourceType": "Group", "id": "p1", "type": "person", "actual": True}
    await people.commit(Write("Group", "p1", group, "api"))
    await people.internal.use(
        folder(group_yaml="resource: Group\ncollection: people\nfields:\n  type: {path: type, type: code}\n")
    )
    await people.commit(Write("Group", "p2", {**group, "id": "p2"}, "api"))
    await apply(people)
    documents = await people.internal.find_many("people", {})
    assert [(one["_id"], one["fhir"]["type"]) for one in documents] == [("p1", "Group"), ("p2", "Group")]
    assert await faults(people) == {}


async def test_orphans_and_what_was_tampered_with_are_found(people: Store, folder: Folder) -> None:
    documents = people.database["people"]
    await documents.insert_one({"_id": "gone", "fhir": {"type": "Patient", "version": 1}})
    await documents.update_one({"_id": "p1"}, {"$set": {"sex": "secret"}})
    await documents.update_one({"_id": "p2"}, {"$set": {"fhir.version": 9}})
    await documents.delete_one({"_id": "p3"})
    await documents.update_one({"_id": "p4"}, {"$set": {"quality": [{"rule": "duplicate.near", "before": "x"}]}})
    audit = await people.audit()
    assert audit.examples == {
        "an internal document without its resource": ["people/gone"],
        "an internal document that its mapping does not make": ["people/p1 sex"],
        "an internal document of another version": ["people/p2"],
        "a resource without its internal document": ["people/p3"],
    }
    assert "secret" not in repr(audit)
    await apply(people)
    assert {*(await people.audit()).faults} == {"an internal document that its mapping does not make"}


async def test_writers_go_on_meanwhile(people: Store, folder: Folder, mongo: str) -> None:
    """One writer already has the mappings of after, another still those of before until the end of its day."""
    behind, head = people.internal.mappings, await people.feed.head()
    async with await Store.open(mongo, people.database.name, behind) as other:
        await people.internal.use(folder(patient_yaml=PATIENT + BORN, view_json=VIEW))
        working = True

        async def write(store: Store, offset: int) -> None:
            number = offset
            while working:
                await store.commit(
                    patient(number % 1200, active=number % 3 == 0, birthDate=f"1980-01-{number % 28 + 1:02}"),
                    Write("Patient", f"p{(number + 600) % 1200}", None, "api"),
                )
                number += 7

        writers = [asyncio.create_task(write(people, 0)), asyncio.create_task(write(other, 1))]
        await apply(people)
        working = False
        await asyncio.gather(*writers)
    assert await people.feed.head() > head + 20
    applied = await apply(people)
    assert applied.left == 0 and await faults(people) == {}


async def test_only_one_applies_at_a_time(people: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.internal.remap.LEASE_SECONDS", -2)
    other = Lease(people.database, "map apply")
    assert await other.acquire() is not None
    with pytest.raises(Busy, match="already"):
        await apply(people)
    await other.release()
    assert (await apply(people)).left == 0


async def test_numbers_lists_and_times_are_the_same_when_made_again(store: Store) -> None:
    await store.internal.use(Mappings.load(Path(__file__).parents[3] / "mappings"))
    quantity = {"value": Decimal("1.500"), "unit": "mg"}
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"text": "x"},
        "effectiveDateTime": "2026-01-02T03:04:05.678901+02:00",
        "valueQuantity": quantity,
        "referenceRange": [{"low": quantity}, {"high": quantity}],
    }
    await store.commit(Write("Observation", "o", observation, "api"))
    assert await faults(store) == {} and (await store.audit()).documents == 1
