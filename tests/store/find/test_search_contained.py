"""Resources within others: https://hl7.org/fhir/R4/search.html#contained"""

import pytest

from gateway.store import Store
from tests.store.searching import all_pages, found, ids, observation, patient, put

ORDER = {
    "resourceType": "MedicationRequest",
    "id": "order",
    "status": "active",
    "intent": "order",
    "subject": {"reference": "Patient/a"},
    "medicationReference": {"reference": "#m"},
    "requester": {"reference": "#d"},
    "contained": [
        {"resourceType": "Medication", "id": "m", "code": {"coding": [{"system": "http://drugs", "code": "aspirin"}]}},
        {"resourceType": "Medication", "id": "other", "code": {"coding": [{"code": "placebo"}]}},
        {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Grün"}], "gender": "female"},
    ],
}


@pytest.fixture
async def ward(store: Store) -> Store:
    await put(
        store,
        ORDER,
        patient("a", name=[{"family": "Abel"}]),
        {"resourceType": "Medication", "id": "whole", "code": {"coding": [{"code": "aspirin"}]}},
        {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Grün"}]},
        observation("odd", "Patient/a", contained=[{"resourceType": "Nonsense", "id": "x"}, {"id": "y"}, 5]),
    )
    return store


@pytest.mark.parametrize(
    ("type_", "query", "expected"),
    [
        ("Medication", "code=aspirin", ["Medication/whole"]),
        ("Medication", "code=aspirin&_contained=true", ["MedicationRequest/order"]),
        ("Medication", "code=aspirin&_contained=both&_sort=_id", ["Medication/whole", "MedicationRequest/order"]),
        ("Medication", "code=http://drugs|aspirin&_contained=both", ["MedicationRequest/order"]),
        ("Medication", "code=nothing&_contained=both", []),
        ("Medication", "code:not=aspirin&_contained=true", ["MedicationRequest/order"]),
        ("Practitioner", "family=grun&gender=female&_contained=true", ["MedicationRequest/order"]),
        ("Practitioner", "family=grun&gender=male&_contained=true", []),
        ("Practitioner", "_id=d&_contained=true", ["MedicationRequest/order"]),
        ("Practitioner", "_lastUpdated=gt2000&family=grun&_contained=true", ["MedicationRequest/order"]),
        ("Practitioner", "_contained=both&_sort=_id", ["MedicationRequest/order", "Practitioner/p"]),
        ("MedicationRequest", "medication.code=aspirin", ["MedicationRequest/order"]),
        ("MedicationRequest", "medication.code=placebo", []),
        ("MedicationRequest", "requester:Practitioner.family=Gr", ["MedicationRequest/order"]),
        ("MedicationRequest", "requester.family=Gr&subject.family=abel", ["MedicationRequest/order"]),
    ],
)
async def test_contained_resources_are_found(ward: Store, type_: str, query: str, expected: list[str]) -> None:
    assert [f"{one.type}/{one.id}" for one in (await found(ward, type_, query)).entries] == expected


async def test_which_of_the_contained_matched_is_told(ward: Store) -> None:
    page = await found(ward, "Medication", "_contained=true&_containedType=contained&code=aspirin")
    assert page.contained == {"MedicationRequest/order": ["m"]}
    page = await found(ward, "Medication", "_contained=both&_containedType=contained")
    assert page.contained == {"MedicationRequest/order": ["m", "other"]}
    assert sorted(ids(page)) == ["order", "whole"]


async def test_pages_go_on(ward: Store) -> None:
    pages = await all_pages(ward, "Practitioner", "_contained=both&_count=1&_sort=_id")
    assert [one for page in pages for one in page] == ["order", "p"]


async def test_a_document_is_found_by_its_composition(store: Store) -> None:
    composition = {
        "resourceType": "Composition",
        "id": "c",
        "status": "final",
        "title": "Discharge letter",
        "type": {"coding": [{"system": "http://loinc.org", "code": "18842-5"}]},
        "subject": {"reference": "Patient/a"},
    }
    document = {"resourceType": "Bundle", "id": "d", "type": "document", "entry": [{"resource": composition}]}
    other = {**composition, "id": "o", "subject": {"reference": "Patient/b"}}
    collection = {**document, "id": "x", "type": "collection", "entry": [{"resource": other}]}
    await put(store, document, collection, patient("a", name=[{"family": "Abel"}]))
    for query in ("composition.type=18842-5", "composition=Composition/c", "composition.subject.family=abel"):
        assert ids(await found(store, "Bundle", query)) == ["d"], query
    assert ids(await found(store, "Bundle", "composition.type=1-1")) == []
    assert ids(await found(store, "Composition", "_contained=both")) == []
