"""The OpenAPI document of /fhir, which is made from the tables of routes and operations."""

import re
from typing import Any

from fastapi.openapi.models import OpenAPI

from gateway.api.openapi.fhir import fhir_document
from gateway.api.table.interactions import ROUTES
from gateway.api.table.operations import OPERATIONS

DOCUMENT = fhir_document("1.2.3", secured=False)
PATHS: dict[str, dict[str, Any]] = DOCUMENT["paths"]


def names(path: str, method: str) -> set[str]:
    return {parameter["name"] for parameter in PATHS[path][method]["parameters"]}


def test_every_route_and_method_of_the_table_is_described() -> None:
    described = {(path, method) for path, item in PATHS.items() for method in item if method != "parameters"}
    offered = {("/fhir" + route.path, method.lower()) for route in ROUTES for method in route.offers}
    assert offered <= described
    assert {path for path, _ in described - offered} == {
        "/fhir/$viewdefinition-run",
        "/fhir/ViewDefinition/$viewdefinition-run",
    }


def test_every_operation_of_the_table_has_a_path() -> None:
    for operation in OPERATIONS:
        assert any(path.endswith(f"/${operation.name}") for path in PATHS), operation.name


def test_the_document_is_valid_openapi_and_names_are_unique() -> None:
    OpenAPI.model_validate(DOCUMENT)
    ids = [op["operationId"] for item in PATHS.values() for method, op in item.items() if method != "parameters"]
    assert len(ids) == len(set(ids))


def test_variables_of_a_path_are_its_parameters() -> None:
    for path, item in PATHS.items():
        assert [parameter["name"] for parameter in item.get("parameters", ())] == re.findall(r"{(\w+)}", path), path


def test_a_type_is_one_of_the_types_of_r4() -> None:
    (type_,) = PATHS["/fhir/{type}"]["parameters"]
    assert type_["schema"] == {"$ref": "#/components/schemas/ResourceType"}
    types = DOCUMENT["components"]["schemas"]["ResourceType"]["enum"]
    assert "Patient" in types and len(types) == 146 and types == sorted(types)


def test_requests_have_the_parameters_and_bodies_of_their_interaction() -> None:
    assert {"criteria", "_sort", "_include", "_count", "_format"} <= names("/fhir/{type}", "get")
    assert "If-None-Exist" in names("/fhir/{type}", "post")
    assert "criteria" in names("/fhir/{type}", "put") and "criteria" not in names("/fhir/{type}/{id}", "put")
    assert "If-Match" in names("/fhir/{type}/{id}", "patch")
    assert {"_since", "_at"} <= names("/fhir/_history", "get")
    content = PATHS["/fhir/{type}/{id}"]["patch"]["requestBody"]["content"]
    assert "application/json-patch+json" in content and "application/fhir+json" in content
    assert [*PATHS["/fhir/{type}/_search"]["post"]["requestBody"]["content"]] == ["application/x-www-form-urlencoded"]
    assert "requestBody" not in PATHS["/fhir/{type}/{id}"]["get"]


def test_every_method_of_a_path_has_a_summary_of_its_own() -> None:
    summaries = {method: PATHS["/fhir/{type}"][method]["summary"] for method in ("get", "post", "put", "delete")}
    assert summaries == {
        "get": "search",
        "post": "create",
        "put": "update or create by condition",
        "delete": "delete by condition",
    }
    assert PATHS["/fhir"]["get"]["summary"] == "search all types"
    assert PATHS["/fhir"]["post"]["summary"] == "batch or transaction Bundle"
    assert PATHS["/fhir/{type}/{id}"]["get"]["summary"] == "read"
    assert PATHS["/fhir/metadata"]["get"]["summary"] == "what this server can do"


def test_a_create_answers_201_and_a_refusal_is_an_outcome() -> None:
    responses = PATHS["/fhir/{type}"]["post"]["responses"]
    assert set(responses) == {"200", "201", "default"}
    assert responses["default"]["content"]["application/fhir+json"]["schema"] == {
        "$ref": "#/components/schemas/OperationOutcome"
    }
