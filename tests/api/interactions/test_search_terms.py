"""Searches that ask the terminology: https://hl7.org/fhir/R4/search.html#token"""

from typing import Any

import httpx
import pytest

from tests.api.expect import ids, outcome, resource
from tests.api.ward import LOINC, observation

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CLASSES = {"imp": "IMP", "acute": "ACUTE", "amb": "AMB"}


def encounter(id_: str, code: str) -> dict[str, Any]:
    class_ = {"system": ACT, "code": code}
    return {"resourceType": "Encounter", "id": id_, "status": "finished", "class": class_}


@pytest.fixture
async def coded(client: httpx.AsyncClient) -> httpx.AsyncClient:
    for id_, code in CLASSES.items():
        resource(await client.put(f"Encounter/{id_}", json=encounter(id_, code)), 201)
    for id_, code in (("systolic", "8480-6"), ("crea", "2160-0")):
        resource(await client.put(f"Observation/{id_}", json=observation(id_, code, None)), 201)
    concepts = [{"system": LOINC, "concept": [{"code": "8480-6"}, {"code": "8462-4"}]}]
    set_ = {
        "resourceType": "ValueSet",
        "id": "bp",
        "url": "http://ours/bp",
        "status": "active",
        "compose": {"include": concepts},
    }
    resource(await client.put("ValueSet/bp", json=set_), 201)
    return client


async def found(client: httpx.AsyncClient, url: str) -> list[str]:
    return sorted(ids(resource(await client.get(url))))


async def test_codes_in_a_stored_value_set(coded: httpx.AsyncClient) -> None:
    assert await found(coded, "Observation?code:in=http://ours/bp") == ["systolic"]
    assert await found(coded, "Observation?code:in=ValueSet/bp") == ["systolic"]
    assert await found(coded, "Observation?code:not-in=http://ours/bp") == ["crea"]
    assert await found(coded, "Patient?_has:Observation:patient:code:in=http://ours/bp") == []
    outcome(await coded.get("Observation?code:in=http://ours/other"), 400, "not-supported")


async def test_a_listed_code_that_its_complete_system_lacks_is_not_looked_for(coded: httpx.AsyncClient) -> None:
    system = {"resourceType": "CodeSystem", "url": "http://ours/cs", "status": "active", "content": "complete"}
    resource(await coded.post("CodeSystem", json={**system, "concept": [{"code": "a"}]}), 201)
    include = {"system": "http://ours/cs", "concept": [{"code": "a"}, {"code": "b"}]}
    listed = {
        "resourceType": "ValueSet",
        "url": "http://ours/ab",
        "status": "active",
        "compose": {"include": [include]},
    }
    resource(await coded.post("ValueSet", json=listed), 201)
    for code in ("a", "b"):
        coding = {"coding": [{"system": "http://ours/cs", "code": code}]}
        resource(await coded.put(f"Observation/{code}", json=observation(code, coding, None)), 201)
    assert await found(coded, "Observation?code:in=http://ours/ab") == ["a"]
    assert "b" in await found(coded, "Observation?code:not-in=http://ours/ab")


async def test_codes_in_a_value_set_of_r4(coded: httpx.AsyncClient) -> None:
    assert await found(coded, "Encounter?status:in=http://hl7.org/fhir/ValueSet/encounter-status") == [
        "acute",
        "amb",
        "imp",
    ]


async def test_codes_above_and_below(coded: httpx.AsyncClient) -> None:
    assert await found(coded, f"Encounter?class:below={ACT}|IMP") == ["acute", "imp"]
    assert await found(coded, f"Encounter?class:above={ACT}|ACUTE") == ["acute", "imp"]
    assert await found(coded, f"Encounter?class:below={ACT}|AMB") == ["amb"]
    outcome(await coded.get("Encounter?class:below=IMP"), 400, "invalid")
    outcome(await coded.get("Encounter?class:below=http://nowhere|IMP"), 400, "not-supported")


async def test_identifiers_of_a_type(client: httpx.AsyncClient) -> None:
    v2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
    for id_, type_ in (("a", "MR"), ("b", "SS")):
        coding = {"coding": [{"system": v2, "code": type_}]}
        patient = {
            "resourceType": "Patient",
            "id": id_,
            "identifier": [{"type": coding, "system": "urn:x", "value": "1|2"}],
        }
        resource(await client.put(f"Patient/{id_}", json=patient), 201)
    assert await found(client, f"Patient?identifier:of-type={v2}|MR|1\\|2") == ["a"]
    assert await found(client, "Patient?identifier=1\\|2") == ["a", "b"]
    outcome(await client.get("Patient?identifier:of-type=MR|1"), 400, "invalid")
