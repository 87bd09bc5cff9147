"""The CapabilityStatement says what the routes and tables have, no less and no more."""

from typing import Any

import httpx
import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from gateway.api.table import capability
from gateway.api.table.interactions import ROUTES
from gateway.api.table.operations import OPERATIONS, operation_routes
from gateway.fhir import fhir_json, r4
from gateway.fhir.patch import APPLY
from gateway.fhir.validate import validate
from gateway.search.definitions.parameters import parameters
from gateway.search.query import parse
from tests.api.expect import outcome, resource

TYPES = r4.resource_types()

# https://hl7.org/fhir/R4/http.html: interaction -> the routes that are it
TYPE = {
    "read": [("GET", "/{type}/{id}")],
    "vread": [("GET", "/{type}/{id}/_history/{version}")],
    "update": [("PUT", "/{type}/{id}")],
    "patch": [("PATCH", "/{type}/{id}")],
    "delete": [("DELETE", "/{type}/{id}")],
    "history-instance": [("GET", "/{type}/{id}/_history")],
    "history-type": [("GET", "/{type}/_history")],
    "create": [("POST", "/{type}")],
    "search-type": [("GET", "/{type}"), ("POST", "/{type}/_search")],
}
SYSTEM = {
    "transaction": [("POST", "")],
    "batch": [("POST", "")],
    "search-system": [("GET", ""), ("POST", "/_search")],
    "history-system": [("GET", "/_history")],
}
CONDITIONAL = {
    "conditionalCreate": [("POST", "/{type}")],
    "conditionalUpdate": [("PUT", "/{type}")],
    "conditionalDelete": [("DELETE", "/{type}")],
    "conditionalRead": [("GET", "/{type}/{id}")],
}


@pytest.fixture(scope="module")
def rest() -> dict[str, Any]:
    [found] = fhir_json.parse(capability.statement("1.2.3", False, False))["rest"]
    of: dict[str, Any] = found
    return of


def test_the_interactions_are_the_routes(rest: dict[str, Any]) -> None:
    said = {route for one in rest["interaction"] for route in SYSTEM[one["code"]]}
    for of_type in rest["resource"]:
        said |= {route for one in of_type["interaction"] for route in TYPE[one["code"]]}
        said |= {route for name, routes in CONDITIONAL.items() if of_type[name] for route in routes}
        assert {one["code"] for one in of_type["interaction"]} == TYPE.keys()
        assert all(of_type[name] for name in CONDITIONAL)
    said |= {("PATCH", "/{type}"), ("GET", "/metadata")}  # these have no word in a CapabilityStatement
    assert {url.rpartition("/")[2] for url in rest["compartment"]} == {name.lower() for name in r4.compartments()}
    said |= {(method, route.path) for route in ROUTES for method in route.offers if "{owner}" in route.path}
    operations = {(method, route.path) for route in operation_routes() for method in route.offers}
    assert {(method, route.path) for route in ROUTES for method in route.offers} == said | operations


def test_the_operations_are_the_table(rest: dict[str, Any]) -> None:
    """What a level offers is said there, and its route is one of the application's."""
    system = {one["name"]: one["definition"] for one in rest["operation"]}
    assert system == {one.name: one.definition for one in OPERATIONS if "system" in one.offers or not one.offers}
    for of_type in rest["resource"]:
        named = {one["name"]: one["definition"] for one in of_type.get("operation", [])}
        expected = [one for one in OPERATIONS if one.offers.keys() - {"system"}]
        assert named == {one.name: one.definition for one in expected if of_type["type"] in (one.types or TYPES)}
        assert len(of_type.get("operation", [])) == len(named)


async def test_what_is_only_advertised_is_served_elsewhere(client: httpx.AsyncClient) -> None:
    for one in OPERATIONS:
        if not one.offers:
            assert (await client.post(f"${one.name}", json={"resourceType": "Parameters"})).status_code == 400


def test_the_search_parameters_and_includes_can_be_searched(rest: dict[str, Any]) -> None:
    assert {one["name"] for one in rest["searchParam"]} == {*parameters(None), "_filter"}
    assert {one["type"] for one in rest["resource"]} == TYPES
    for of_type in rest["resource"]:
        name = of_type["type"]
        assert {one["name"] for one in of_type["searchParam"]} == {*parameters(name), "_filter"}
        assert {one["type"] for one in of_type["searchParam"]} <= {
            *("number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special")
        }
        references = {f"{name}:{one.name}" for one in parameters(name).values() if one.type == "reference"}
        assert set(of_type.get("searchInclude", [])) - {"*"} == references
        assert parse(name, [("_include", one) for one in of_type.get("searchInclude", [])][:64])
        assert parse(name, [("_revinclude", one) for one in of_type.get("searchRevInclude", [])][:64])


def test_what_refers_to_a_type_is_all_of_it(rest: dict[str, Any]) -> None:
    said = {(one["type"], name) for one in rest["resource"] for name in one.get("searchRevInclude", [])}
    targets = {
        (target, f"{source}:{one.name}")
        for source in TYPES
        for one in parameters(source).values()
        if one.type == "reference"
        for target in one.targets
    }
    assert said == targets


async def test_the_statement_is_of_this_server(client: httpx.AsyncClient) -> None:
    found = resource(await client.get("metadata"))
    assert (found["fhirVersion"], found["software"]["version"]) == ("4.0.1", "1.2.3")
    assert found["implementation"]["url"] == "http://gateway/fhir"
    assert found["patchFormat"] == list(APPLY)
    for format_ in found["format"]:
        assert (await client.get("metadata", params={"_format": format_})).status_code == 200, format_


async def test_the_statement_is_valid(client: httpx.AsyncClient) -> None:
    found = resource(await client.get("metadata"))
    assert [issue for issue in validate(found) if issue.severity in ("error", "fatal")] == []
    CapabilityStatement.model_validate(found)


async def test_it_can_be_asked_for_in_part_and_whether_it_still_holds(client: httpx.AsyncClient) -> None:
    whole = await client.get("metadata")
    held = {"If-None-Match": whole.headers["etag"]}
    assert (await client.get("metadata", headers=held)).status_code == 304
    assert (await client.get("metadata?mode=terminology", headers=held)).status_code == 200
    part = await client.get("metadata?_elements=fhirVersion", headers=held)
    assert part.headers["etag"] != whole.headers["etag"]
    assert {"fhirVersion", "status"} <= resource(part).keys() and "rest" not in resource(part)
    summary = resource(await client.get("metadata?_summary=true"))
    assert summary["rest"] and summary["meta"]["tag"][0]["code"] == "SUBSETTED"
    outcome(await client.get("metadata?_summary=other"), 400, "invalid")


async def test_its_modes_are_known(client: httpx.AsyncClient) -> None:
    assert (await client.get("metadata?mode=full")).status_code == 200
    outcome(await client.get("metadata?mode=other"), 400, "invalid")


def test_refusing_references_is_said(rest: dict[str, Any]) -> None:
    [refusing] = fhir_json.parse(capability.statement("1.2.3", False, True))["rest"]
    assert refusing["resource"][0]["referencePolicy"] == [*rest["resource"][0]["referencePolicy"], "enforced"]


async def test_the_terminology_has_a_statement_of_its_own(client: httpx.AsyncClient) -> None:
    found = resource(await client.get("metadata?mode=terminology"))
    assert found["resourceType"] == "TerminologyCapabilities"
    assert [issue for issue in validate(found) if issue.severity in ("error", "fatal")] == []
    systems = {one["uri"] for one in found["codeSystem"]}
    assert {"http://hl7.org/fhir/administrative-gender", "http://unitsofmeasure.org"} <= systems
