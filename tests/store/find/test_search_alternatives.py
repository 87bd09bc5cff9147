"""Searches with many alternatives find what the alternatives find one by one."""

import pytest

from gateway.store import Store
from tests.store.searching import found, ids, observation, patient, put

FAMILIES = ["Abel", "Abt (junior)", "de la Cruz", "Muñoz", "O'Brien", "a|b", "x.y*z", "山田", "Zürcher-Abel", "Nobody"]
PATIENTS = [
    patient(
        f"p{n}", name=[{"family": family}], birthDate=f"19{50 + n}-0{n % 9 + 1}-15", identifier=[{"value": f"i{n}"}]
    )
    for n, family in enumerate(FAMILIES)
]
SAID = ["abel", "abt (", "cruz", "munoz", "obrien", "a\\|b", "x.y*", "山", "zurcher", "none", "q", "w"]
DATES = ["1950-01", "1951-02-15", "ge1958", "lt1950", "1953", "1954-05-14", "ne2000", "1961", "1962", "1963", "1964"]
AMOUNTS = [f"{n}" for n in (1, 2, 50, 51, 52, 53, 54)] + ["gt60", "3|http://unitsofmeasure.org|kg", "lt-5"]


@pytest.fixture
async def ward(store: Store) -> Store:
    amounts = [
        observation(
            f"o{n}", "Patient/p0", valueQuantity={"value": n, "system": "http://unitsofmeasure.org", "code": "g"}
        )
        for n in (1, 3000, 50, 61)
    ]
    await put(store, *PATIENTS, *amounts)
    return store


@pytest.mark.parametrize(
    ("type_", "name", "values"),
    [
        ("Patient", "family", SAID),
        ("Patient", "name", SAID),
        ("Patient", "family:contains", SAID),
        ("Patient", "birthdate", [one for one in DATES if one != "ne2000"]),
        ("Patient", "birthdate", DATES),
        ("Patient", "identifier", [f"i{n}" for n in (0, 2, 4, 11, 12, 13, 14, 15, 16, 17, 18)]),
        ("Observation", "value-quantity", AMOUNTS),
        ("Observation", "subject:Patient.family", SAID),
    ],
)
async def test_many_alternatives_find_what_each_finds(ward: Store, type_: str, name: str, values: list[str]) -> None:
    each = {id_ for value in values for id_ in ids(await found(ward, type_, f"{name}={value}"))}
    assert each  # else nothing was compared
    assert set(ids(await found(ward, type_, f"{name}={','.join(values)}"))) == each
    assert (await found(ward, type_, f"{name}={','.join(values)}&_total=accurate&_count=1")).total == len(each)


async def test_pages_of_many_alternatives_hold_each_match_once(ward: Store) -> None:
    query = f"family={','.join(f'none{n}' for n in range(300))},{','.join(SAID)}&_count=2"
    pages = [await found(ward, "Patient", query)]
    while pages[-1].next:
        pages.append(await found(ward, "Patient", f"{query}&_page={pages[-1].next}"))
    shown = [id_ for page in pages for id_ in ids(page)]
    assert sorted(shown) == [f"p{n}" for n in range(9)]
