"""What a call of `$validate` asks for: wherever its parameters stand, and whatever the type of its path."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Make = Callable[..., dict[str, Any]]
BASE = "http://example.org/StructureDefinition/"


def profile(name: str, type_: str, path: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "StructureDefinition",
        "url": BASE + name,
        "name": name.replace("-", ""),
        "status": "active",
        "kind": "resource",
        "abstract": False,
        "type": type_,
        "baseDefinition": f"http://hl7.org/fhir/StructureDefinition/{type_}",
        "derivation": "constraint",
        "differential": {"element": [{"id": path, "path": path, "min": 1}]},
        **more,
    }


def wrapper(*parameters: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(parameters)}


def about(resource: dict[str, Any], **element: str) -> list[dict[str, Any]]:
    return [{"name": "resource", "resource": resource}, *([{"name": "profile", **element}] if element else [])]


PLAIN = {"resourceType": "Parameters", "parameter": [{"name": "x", "valueString": "y"}]}


@pytest.fixture
async def profiles(client: httpx.AsyncClient) -> None:
    for one in (profile("dated", "Patient", "Patient.birthDate"), profile("said", "Parameters", "Parameters.id")):
        assert (await client.post("StructureDefinition", json=one)).status_code == 201


async def said(client: httpx.AsyncClient, path: str, body: Any, severity: str = "error") -> list[tuple[str, str]]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    issues = answer.json()["issue"]
    return [(one["code"], one.get("expression", [""])[0]) for one in issues if one["severity"] == severity]


@pytest.mark.parametrize("element", ["valueUri", "valueCanonical", "valueUrl", "valueString"])
@pytest.mark.parametrize("path", ["$validate", "Patient/$validate", "Parameters/$validate"])
async def test_a_profile_in_the_parameters_is_used_at_every_path(
    client: httpx.AsyncClient, profiles: None, path: str, element: str
) -> None:
    body = wrapper(*about({"resourceType": "Patient"}, **{element: BASE + "dated"}))
    found = await said(client, path, body)
    assert ("required", "Patient.birthDate") in found
    if path.startswith("Parameters"):
        assert ("invalid", "Patient") in found  # it is no Parameters


@pytest.mark.parametrize("path", ["$validate", "Parameters/$validate", "Parameters/p/$validate"])
async def test_a_parameters_can_be_what_is_validated(client: httpx.AsyncClient, profiles: None, path: str) -> None:
    missing = [("required", "Parameters.id")]
    assert await said(client, path, wrapper(*about(PLAIN, valueUri=BASE + "said"))) == missing
    assert await said(client, f"{path}?profile={BASE}said", wrapper(*about(PLAIN))) == missing
    assert await said(client, f"{path}?profile={BASE}said", PLAIN) == missing
    assert await said(client, f"{path}?profile={BASE}said", {**PLAIN, "id": "p"}) == []


async def test_what_is_no_wrapper_is_validated_itself_and_that_is_said(client: httpx.AsyncClient) -> None:
    mistaken = wrapper({"name": "resurce", "resource": {"resourceType": "Patient", "gender": "xx"}})
    assert await said(client, "$validate", mistaken, "information") == [("informational", "Parameters")]
    more = wrapper(*about({"resourceType": "Patient"}), {"name": "other", "valueString": "x"})
    assert await said(client, "Parameters/$validate", more, "information") == [("informational", "Parameters")]
    odd = await said(client, "Parameters/$validate", {"resourceType": "Parameters", "parameter": {}})
    assert ("structure", "Parameters.parameter") in odd


async def test_an_unknown_parameter_is_refused_or_left_out_with_a_word(
    client: httpx.AsyncClient, patient: Make
) -> None:
    for answer in (
        await client.post("Patient/$validate?profil=x", json=patient()),
        await client.post("Patient/$validate", json=wrapper(*about(patient()), {"name": "profil", "valueUri": "x"})),
    ):
        assert answer.status_code == 400
        [issue] = answer.json()["issue"]
        assert issue["code"] == "not-supported" and "'profil'" in issue["diagnostics"]
    lenient = await client.post("Patient/$validate?profil=x", json=patient(), headers={"Prefer": "handling=lenient"})
    assert [(one["severity"], one["code"]) for one in lenient.json()["issue"]] == [("warning", "not-supported")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "profile", "valueInteger": 1},
        {"name": "profile", "part": [{"name": "x", "valueUri": "x"}]},
        {"name": "mode", "valueCode": "guess"},
        {"name": "resource", "valueString": "x"},
    ],
)
async def test_a_parameter_of_the_wrong_form_is_refused(
    client: httpx.AsyncClient, patient: Make, wrong: dict[str, Any]
) -> None:
    answer = await client.post("Patient/$validate", json=wrapper(*about(patient()), wrong))
    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")


async def test_stored_profiles_are_found_in_the_version_that_is_meant(client: httpx.AsyncClient) -> None:
    """Of the profile that is nominated, of its base, and of resources within a Bundle."""
    for one in (
        profile("base", "Patient", "Patient.gender", version="1.0.0"),
        profile("base", "Patient", "Patient.photo", version="1.1.0"),
        profile("derived", "Patient", "Patient.birthDate", version="2", baseDefinition=BASE + "base|1.0.0"),
    ):
        assert (await client.post("StructureDefinition", json=one)).status_code == 201
    patient = {"resourceType": "Patient"}
    both = [("required", "Patient.gender"), ("required", "Patient.birthDate")]
    assert await said(client, f"Patient/$validate?profile={BASE}derived", patient) == both
    assert await said(client, f"Patient/$validate?profile={BASE}base|1.0.0", patient) == both[:1]
    assert await said(client, f"Patient/$validate?profile={BASE}base", patient) == [("required", "Patient.photo")]
    entry = {"resource": {**patient, "meta": {"profile": [BASE + "base|1.0.0"]}}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry]}
    assert await said(client, "Bundle/$validate", bundle) == [("required", "Bundle.entry[0].resource.gender")]


async def test_a_stored_profile_that_is_no_profile_or_cannot_be_read_is_told(client: httpx.AsyncClient) -> None:
    logical = profile("logical", "Patient", "Patient.gender", derivation="specialization")
    odd = profile("odd", "Patient", "Patient.name")
    odd["differential"]["element"][0]["max"] = "many"
    for one in (logical, odd):
        assert (await client.post("StructureDefinition", json=one)).status_code == 201
    [issue] = (await client.post(f"Patient/$validate?profile={BASE}logical", json={"resourceType": "Patient"})).json()[
        "issue"
    ]
    assert (issue["severity"], issue["code"]) == ("error", "not-found")
    assert "no constraint" in issue["diagnostics"]
    [issue] = (await client.post(f"Patient/$validate?profile={BASE}odd", json={"resourceType": "Patient"})).json()[
        "issue"
    ]
    assert issue["severity"] == "error" and BASE + "odd" in issue["diagnostics"]
