"""The CapabilityStatement."""

import httpx
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from gateway.fhir.validate import validate
from gateway.search.parameters import parameters
from tests.api.expect import outcome, resource


async def test_the_statement_says_what_is_there(client: httpx.AsyncClient) -> None:
    found = resource(await client.get("metadata"))
    assert found["fhirVersion"] == "4.0.1"
    assert found["software"]["version"] == "1.2.3"
    assert found["implementation"]["url"] == "http://gateway/fhir"
    [rest] = found["rest"]
    resources = {item["type"]: item for item in rest["resource"]}
    assert {"Patient", "Observation", "RiskAssessment"} <= resources.keys()
    named = {item["name"] for item in resources["Observation"]["searchParam"]}
    assert named == {*parameters("Observation"), "_filter"}
    assert {item["code"] for item in rest["interaction"]} == {"transaction", "batch", "search-system", "history-system"}


async def test_the_statement_is_valid(client: httpx.AsyncClient) -> None:
    found = resource(await client.get("metadata"))
    assert [issue for issue in validate(found) if issue.severity in ("error", "fatal")] == []
    CapabilityStatement.model_validate(found)


async def test_its_modes_are_known(client: httpx.AsyncClient) -> None:
    assert (await client.get("metadata?mode=full")).status_code == 200
    outcome(await client.get("metadata?mode=other"), 400, "invalid")
