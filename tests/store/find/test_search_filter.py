"""`_filter`, asked of a small hospital: https://hl7.org/fhir/R4/search_filter.html"""

from collections.abc import AsyncIterator

import pytest

from gateway.errors import BadRequest
from gateway.search.query import parse
from gateway.store import Store
from tests.store.searching import NoMappings, found, ids, observation, patient, put

PEOPLE = [
    patient(
        "p1", name=[{"family": "Peters", "given": ["Pete", "Ann"]}], gender="male", birthDate="1980-03-04", active=True
    ),
    patient("p2", name=[{"family": "Smith"}], gender="female", birthDate="1990"),
    patient("p3", name=[{"family": "Smit"}], identifier=[{"system": "http://x.org", "value": "A1"}]),
    patient("p4", name=[{"family": "Smithson"}, {"family": "Müller"}], identifier=[{"value": "9"}, {"value": "A1"}]),
]


def measured(id_: str, subject: str, value: int, **content: object) -> dict[str, object]:
    quantity = {"value": value, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return observation(id_, subject, valueQuantity=quantity, **content)


@pytest.fixture(scope="module")
async def ward(mongo: str) -> AsyncIterator[Store]:
    async with await Store.open(mongo, "search_filter", NoMappings()) as opened:
        await put(opened, *PEOPLE)
        await put(
            opened,
            measured("o1", "Patient/p1", 120, effectivePeriod={"start": "2024-01-01", "end": "2024-03-31"}),
            measured(
                "o2", "Patient/p1", 150, effectiveDateTime="2024-02-01", hasMember=[{"reference": "Observation/o1"}]
            ),
            measured("o3", "Patient/p2", 130, effectiveDateTime="2024-06-01"),
            observation("o4", "Patient/p3", code="1-1"),
        )
        yield opened
        await opened.drop()


async def those(store: Store, type_: str | None, text: str) -> list[str]:
    return sorted(ids(await store.resources.search(parse(type_, [("_filter", text)]))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name co "pet"', ["p1"]),
        ("given eq PETE", ["p1"]),
        ("given eq pet", []),
        ("given eq pete and birthdate ge 1980-01-01", ["p1"]),
        ("family eq muller", ["p4"]),
        ("family sw smith", ["p2", "p4"]),
        ("family ew son", ["p4"]),
        ("family ew mith", ["p2"]),
        ("family ne smith", ["p1", "p3", "p4"]),  # an item that is unequal: who has no family name has none
        ("family gt smith", ["p4"]),
        ("family ge smith", ["p2", "p4"]),
        ("family lt smith", ["p1", "p3", "p4"]),
        ("family le smith", ["p1", "p2", "p3", "p4"]),
        ("family lt smit", ["p1", "p4"]),
        ("family le smit", ["p1", "p3", "p4"]),
        ("family gt smit", ["p2", "p4"]),
        ("family gt zz", []),
        ("family lt a", []),
        ("gender eq male", ["p1"]),
        ("gender eq Male", ["p1"]),
        ("gender eq http://hl7.org/fhir/administrative-gender|female", ["p2"]),
        ("gender ne male", ["p2"]),
        ("not (gender eq male)", ["p2", "p3", "p4"]),
        ("gender pr true", ["p1", "p2"]),
        ("gender pr false", ["p3", "p4"]),
        ("identifier eq a1", ["p3", "p4"]),
        ("identifier eq http://x.org|A1", ["p3"]),
        ("identifier ne A1", ["p4"]),
        ("identifier ne http://x.org|A1", ["p4"]),
        ("identifier ne http://x.org|", ["p4"]),
        ("active eq true or gender eq female", ["p1", "p2"]),
        ("active eq true or gender eq female and birthdate lt 1985", ["p1"]),
        ("birthdate eq 1990", ["p2"]),
        ("birthdate ne 1990", ["p1"]),
        ("birthdate co 1990-05-05", ["p2"]),
        ("birthdate po 1990-05", ["p2"]),
        ("birthdate sa 1985", ["p2"]),
        ("_id eq p1 or id eq p2", ["p1", "p2"]),
        ("_id ne p1", ["p2", "p3", "p4"]),
        ("_lastUpdated gt 2020-01-01", ["p1", "p2", "p3", "p4"]),
        ("_has:Observation:patient:code eq loinc|8480-6", ["p1", "p2"]),
        ("not (_has:Observation:patient:code eq 8480-6)", ["p3", "p4"]),
        ("_has:Observation:patient:value-quantity gt 140", ["p1"]),
        ("name:exact eq Smith", ["p2"]),
        ("phonetic eq Schmidt", ["p2", "p3"]),
        ('name co "a|b,c$d\\\\"', []),
    ],
)
async def test_of_patients(ward: Store, text: str, expected: list[str]) -> None:
    assert await those(ward, "Patient", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("code eq http://loinc.org|8480-6", ["o1", "o2", "o3"]),
        ("code eq loinc|1-1", ["o4"]),
        ('subject.name co "pet"', ["o1", "o2"]),
        ('patient.name co "pet"', ["o1", "o2"]),
        ("subject:Patient.gender eq female", ["o3"]),
        ("subject.id eq p2", ["o3"]),
        ("subject[gender eq male].birthdate lt 1985", ["o1", "o2"]),
        ("subject[gender eq female].birthdate lt 1985", []),
        ("has-member pr true", ["o2"]),
        ("has-member re Observation/o1", ["o2"]),
        ("subject re Patient/p2", ["o3"]),
        ("subject eq Patient/p2", ["o3"]),
        ("subject ne Patient/p1", ["o3", "o4"]),
        ('subject.id eq p1 and code-value-quantity eq "loinc|8480-6$ge150|ucum|mm[Hg]"', ["o2"]),
        ("value-quantity gt 125", ["o2", "o3"]),
        ('value-quantity gt "16.5|ucum|kPa"', ["o2", "o3"]),
        ("value-quantity le 130", ["o1", "o3"]),
        ("date po 2024-03", ["o1"]),
        ("date co 2024-02-10", ["o1"]),
        ("date sa 2024-03", ["o3"]),
        ("date eb 2024-03", ["o2"]),
        ("_has:Observation:has-member:value-quantity gt 140", ["o1"]),
        ("not (subject.gender eq male)", ["o3", "o4"]),
        ('(subject.name co "pet" and value-quantity gt 140) or code eq 1-1', ["o2", "o4"]),
    ],
)
async def test_of_observations(ward: Store, text: str, expected: list[str]) -> None:
    assert await those(ward, "Observation", text) == expected


async def test_a_token_ends_at_a_bracket(ward: Store) -> None:
    with pytest.raises(BadRequest, match="at character 34"):
        await those(ward, "Observation", "value-quantity gt 16.5|ucum|mm[Hg] and code eq 1")


async def test_beside_others_and_of_all_types(ward: Store) -> None:
    assert sorted(
        ids(await found(ward, "Observation", "code=8480-6&_filter=value-quantity gt 125&_filter=date gt 2024-03"))
    ) == ["o3"]
    assert await those(ward, None, "_id eq p1 or _id eq o1") == ["o1", "p1"]
    both = parse(None, [("_type", "Patient,Observation"), ("_filter", "identifier eq A1")])
    assert sorted(ids(await ward.resources.search(both))) == ["p3", "p4"]


@pytest.mark.parametrize("any_", ["or", "and"])
async def test_as_many_and_as_deep_as_is_let_in(ward: Store, any_: str) -> None:
    assert await those(ward, "Patient", f" {any_} ".join(["family eq smith"] * 200)) == ["p2"]
    assert await those(ward, "Patient", "family eq smith" + " or id eq p2 and id pr true" * 9) == ["p2"]
    assert await those(ward, "Patient", "not (" * 18 + "family eq smith" + ")" * 18) == ["p2"]
