"""The document classes read the database of the store that is open."""

from pathlib import Path

import pytest
from mongoengine.connection import _connections

from gateway.mapping import Mappings
from gateway.store import Store, documents
from gateway.store.documents import binding
from tests.store.resources import write

PEOPLE = "resource: Patient\ncollection: people\nfields:\n  sex: {path: gender, type: code}\n"


@pytest.fixture
def mappings(tmp_path: Path) -> Mappings:
    (tmp_path / "patient.yaml").write_text(PEOPLE, "utf-8")
    return Mappings.load(tmp_path)


async def test_names_mean_the_documents_of_the_open_store(store: Store) -> None:
    await store.commit(write("a", gender="female"))
    people = documents.PatientDocument
    assert people._meta["collection"] == "people"
    person = await people.objects(id="a").first()
    assert (person.sex, person.fhir.version, person.fhir.type) == ("female", 1, "Patient")


async def test_a_type_without_mapping_has_no_class(store: Store) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'ObservationDocument'"):
        _ = documents.ObservationDocument
    with pytest.raises(AttributeError, match="has no attribute 'anything'"):
        _ = documents.anything


async def test_the_store_that_was_opened_last_is_read_until_it_is_closed(
    store: Store, mongo: str, mappings: Mappings
) -> None:
    await store.commit(write("a", gender="female"))
    async with await Store.open(mongo, "test_binding_second", mappings) as second:
        assert await documents.PatientDocument.objects(id="a").first() is None
        binding.unbind(store.client)  # it is bound no longer, so this changes nothing
        assert _connections["default"] is second.client
        await second.drop()
    assert "default" not in _connections


async def test_binding_again_reads_the_first_store(store: Store, mongo: str, mappings: Mappings) -> None:
    await store.commit(write("a", gender="female"))
    async with await Store.open(mongo, "test_binding_second", mappings) as second:
        await second.drop()
    binding.bind(store.client, store.database)
    binding.use(mappings)
    person = await documents.PatientDocument.objects(id="a").first()
    assert person.sex == "female"
