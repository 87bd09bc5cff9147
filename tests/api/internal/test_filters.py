"""Internal documents by their fields: every field, typed by the mapping; conditions on one list are about one item."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from gateway.api import Deployment
from gateway.api.internal import filters, shape
from gateway.mapping import Mappings
from gateway.store import Write
from gateway.store.internal import queries
from tests.api.expect import resource

ROOT = "http://gateway/internal"
SAMPLES = {"text": "x", "number": "1.50", "integer": "7", "boolean": "true", "time": "2026-01"}
LOINC = "http://loinc.org"

PATIENTS: tuple[dict[str, Any], ...] = (
    {
        "id": "a",
        "name": [{"family": "Smith", "given": ["Ann", "May"]}, {"family": "Jones", "given": ["Eve"]}],
        "birthDate": "1970-03",
        "active": True,
        "multipleBirthInteger": 2,
    },
    {"id": "b", "name": [{"family": "Smyth", "given": ["Eve"]}], "birthDate": "1980-01-31", "gender": "female"},
    {"id": "c", "name": [{"text": "100% (a.b)"}], "active": False, "birthDate": "soon"},
)


def pressure(id_: str, systolic: str, diastolic: str | None, at: str) -> dict[str, Any]:
    halves = [("8480-6", systolic), ("8462-4", diastolic)]
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "85354-9"}]},
        "subject": {"reference": "Patient/a"},
        "effectiveDateTime": at,
        "component": [
            {"code": {"coding": [{"system": LOINC, "code": code}]}}
            | ({} if value is None else {"valueQuantity": {"value": int(value), "unit": "mmHg"}})
            for code, value in halves
        ],
    }


@pytest.fixture
async def filled(client: httpx.AsyncClient, deployment: Deployment) -> httpx.AsyncClient:
    observations = [
        pressure("o1", "150", "80", "2026-01-10T08:00:00Z"),
        pressure("o2", "120", "95", "2026-01-11T23:30:00+01:00"),
        pressure("o3", "118", None, "2026-02"),
    ]
    weight = {
        "resourceType": "Observation",
        "id": "o4",
        "status": "final",
        "code": {"text": "weight"},
        "valueQuantity": {"value": 70},
    }
    patients = [{"resourceType": "Patient", **one} for one in PATIENTS]
    everything = [*patients, *observations, weight]
    await deployment.store.commit(*(Write(one["resourceType"], one["id"], one, "api") for one in everything))
    return client


async def ids(client: httpx.AsyncClient, collection: str, query: str) -> list[str]:
    return [one["_id"] for one in resource(await client.get(f"{ROOT}/{collection}?{query}"))[collection]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "abc"),
        ("_id=b", "b"),
        ("_id:in=a,c,x", "ac"),
        ("sex=female", "b"),
        ("sex:ne=female", "ac"),
        ("sex:exists=false", "ac"),
        ("names.family=Smith", "a"),
        ("names.family:ne=Smith", "bc"),
        ("names.family:prefix=Sm", "ab"),
        ("names.family:prefix=sm", ""),
        ("names.family:prefix=.", ""),
        ("names.text:prefix=100%25+(a.", "c"),
        ("names.family=Smith&names.given=Eve", ""),
        ("names.family=Jones&names.given=Eve", "a"),
        ("names.given=Ann&names.given=May", "a"),
        ("names.given=Eve&names.family:exists=true", "ab"),
        ("names.given=Eve&names.family:ne=Smyth", "a"),
        ("names.text=100%25 (a.b)", "c"),
        ("names.family:in=Smyth,Jones", "ab"),
        ("active=true", "a"),
        ("active:ne=true", "bc"),
        ("active:exists=true", "ac"),
        ("birth_order=2", "a"),
        ("birth_order:gt=1", "a"),
        ("birth_order:lt=2", ""),
        ("birth_precision=day", "b"),
        ("birth_start:ge=1970-03-01&birth_start:lt=1980", "a"),
        ("birth_start:le=1980-01-31", "ab"),
        ("birth_start:lt=1980-01-31", "a"),
        ("birth_start=1970", "a"),
        ("birth_start:ne=1970", "bc"),
        ("birth_start:in=1970-03,1980-01-31", "ab"),
        ("display_name=Eve Smyth", "b"),
        ("fhir.version=1&fhir.type=Patient", "abc"),
        ("fhir.updated:gt=2020", "abc"),
        ("fhir.updated:lt=2020", ""),
        ("unmapped.field=birth_date", "c"),
        ("quality.rule:exists=false", "ab"),
        ("quality.rule=date.impossible", "c"),
        ("names:exists=true", "abc"),
    ],
)
async def test_patients_by(filled: httpx.AsyncClient, query: str, expected: str) -> None:
    assert "".join(await ids(filled, "patients", query)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("value.number=70.0", ["o4"]),
        ("value.number:ge=70&value.number:lt=70.5", ["o4"]),
        (f"component_keys={LOINC}|8480-6", ["o1", "o2", "o3"]),
        (f"components.code_keys={LOINC}|8480-6&components.value.number:gt=140", ["o1"]),
        (f"components.code_keys={LOINC}|8462-4&components.value.number:gt=90", ["o2"]),
        (f"components.code_keys={LOINC}|8462-4&components.value:exists=false", ["o3"]),
        ("components.value:exists=false", ["o4"]),
        ("effective.start=2026-01-11T23:30:00 01:00", ["o2"]),
        ("effective.start:ge=2026-01-11", ["o2", "o3"]),
        ("effective.start:gt=2026-01-11", ["o3"]),
        ("patient=a", ["o3", "o2", "o1"]),
        ("patient=a&effective.start:lt=2026-02&sort=effective.start", ["o1", "o2"]),
        ("sort=-effective.start", ["o3", "o2", "o1", "o4"]),
        ("sort=effective.start", ["o4", "o1", "o2", "o3"]),
    ],
)
async def test_observations_by(filled: httpx.AsyncClient, query: str, expected: list[str]) -> None:
    assert await ids(filled, "observations", query.replace("|", "%7C")) == expected


@pytest.mark.parametrize(
    "query", ["sort=birth_start", "sort=-birth_start,sex", "sort=birth_order,-_id", "sort=-active,display_name", ""]
)
async def test_pages_of_any_order_meet_every_document_once(filled: httpx.AsyncClient, query: str) -> None:
    met, url = [], f"{ROOT}/patients?{query}&limit=1&count=true"
    while url:
        page = resource(await filled.get(url))
        assert page["total"] == 3
        met += [one["_id"] for one in page["patients"]]
        url = page["next"] and f"http://gateway{page['next']}"
    assert met == await ids(filled, "patients", query) and sorted(met) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("query", "named", "said"),
    [
        ("names.famly=x", "names.famly", "names.family"),
        ("nmes=x", "nmes", "names, sex"),
        ("$where=1", "$where", "there is no field"),
        ("names.$ne=1", "names.$ne", "names.family"),
        ("names[$ne]=1", "names[$ne]", "there is no field"),
        ("names=x", "names", "names.family"),
        ("sex.x=1", "sex.x", "there is no field"),
        ("sex:regex=.*", "sex:regex", "prefix"),
        ("sex:$ne=x", "sex:$ne", "there is no operator"),
        ("active=yes", "active", "true or false"),
        ("active:gt=true", "active:gt", "no order"),
        ("birth_order=two", "birth_order", "a number is due"),
        ("birth_order=1.5", "birth_order", "whole number"),
        ("birth_order=99999999999999999999", "birth_order", "whole number"),
        ("birth_order:in=1,", "birth_order:in", "a number is due"),
        ("birth_order:prefix=1", "birth_order:prefix", "texts"),
        ("birth_start=31.1.1980", "birth_start", "date or time"),
        ("birth_start=9999-12-31", "birth_start", "date or time"),
        ("sex:exists=maybe", "sex:exists", "true or false"),
        ("sort=names.family", "sort", "single value"),
        ("sort=nothing", "sort", "there is no field"),
        ("limit=0", "limit", "above 0"),
        ("count=maybe", "count", "true or false"),
        ("limit=1&limit=2", "limit", "once"),
        ("after=x", "after", "next"),
        ("after=W10", "after", "next"),
        ("after=WzFd", "after", "next"),
        ("after=WyJhIiwiYiJd", "after", "next"),
        ("sort=birth_start&after=WyJhIiwiYiJd", "after", "next"),
        ("sort=birth_order&after=WyJhIiwiYiJd", "after", "next"),
    ],
)
async def test_what_cannot_be_asked_is_a_problem_that_names_it(
    filled: httpx.AsyncClient, query: str, named: str, said: str
) -> None:
    answer = await filled.get(f"{ROOT}/patients?{quote(query, safe='=&,.:')}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert said in problem["title"]
    [told] = problem["errors"]
    assert named in (told.get("field"), told.get("path"))


async def test_collections_tell_their_fields(filled: httpx.AsyncClient) -> None:
    found = {one["name"]: one for one in resource(await filled.get(ROOT))["collections"]}
    patients = found["patients"]
    assert (patients["resource"], patients["writable"], patients["count"]) == ("Patient", True, 3)
    fields = {one.pop("name"): one for one in patients["fields"]}
    assert fields["names"] == {"type": "object", "list": True, "read_only": False, "path": "name"}
    assert fields["names.family"] == {"type": "text", "list": False, "read_only": False}
    assert fields["birth_start"] == {"type": "time", "list": False, "read_only": True, "path": "birthDate"}
    assert fields["display_name"]["type"] == "text" and "display_name.family" not in fields
    assert fields["contact_persons.sex"]["path"] == "gender"
    assert fields["addresses.lines"] == {"type": "text", "list": True, "read_only": False}


def test_every_field_that_is_told_can_be_asked_for() -> None:
    mappings = Mappings.load(Path(__file__).parents[3] / "mappings")
    for mapping in mappings.by_collection.values():
        known = shape.elements(mapping)
        for field in shape.told(known):
            assert filters.condition(known, f"{field['name']}:exists", "true").path[-1].many == field["list"]
            if field["type"] in SAMPLES:
                filters.condition(known, field["name"], SAMPLES[field["type"]])
            else:
                assert field["type"] in ("object", "any"), field


async def test_a_question_that_takes_too_long_ends_with_advice(
    filled: httpx.AsyncClient, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [{"_id": f"x{number}", "names": [{"family": "x" * 50}] * 20} for number in range(20_000)]
    await deployment.store.database["patients"].insert_many(many)
    monkeypatch.setattr(queries, "QUERY_SECONDS", 0.001)
    for more in ("", "&count=true"):
        answer = await filled.get(f"{ROOT}/patients?names.given:ne=x&names.text=y{more}")
        assert answer.status_code == 503 and "index" in answer.json()["title"]
