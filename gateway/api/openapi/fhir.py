"""Describe `/fhir`, generated from the table of routes and the table of operations.

Search parameters are not listed here: each type has dozens, and the CapabilityStatement at `/fhir/metadata` has them.
"""

import re
from typing import Any

from gateway.api.interactions import history, read, search, write
from gateway.api.openapi.elements import (
    TEXT,
    Json,
    answer,
    any_parameters,
    body,
    document,
    header,
    path_parameters,
    query,
    schema,
)
from gateway.api.process.deployment import PREFIX
from gateway.api.protocol.negotiation import FHIR_JSON, FHIR_XML
from gateway.api.routing.content import ANY, FORM, OPTIONAL, PATCH, RESOURCE, TO_CHECK, Content
from gateway.api.routing.routes import Interaction, Offer, Route
from gateway.api.table import capability
from gateway.api.table.interactions import ROUTES, bundle
from gateway.api.table.operations import OPERATIONS
from gateway.fhir import r4
from gateway.fhir.patch import APPLY
from gateway.search.language.controls import NAMES, PAGE

_DESCRIPTION = """\
FHIR R4 (https://hl7.org/fhir/R4/http.html). Every answer comes as JSON or XML, by `Accept` or `_format`.
Errors are OperationOutcomes that name the element. The CapabilityStatement at `/fhir/metadata` lists the search
parameters of every resource type."""

_RESOURCES = (FHIR_JSON, FHIR_XML)
_FORM = "application/x-www-form-urlencoded"

_FORMAT = query("_format", "json or xml; wins over Accept")
_PRETTY = query("_pretty", "true indents the answer")
_SUMMARY = query("_summary", "true, text, data, count or false")
_ELEMENTS = query("_elements", "Only these elements, separated by commas")
_SHOWN = [_FORMAT, _PRETTY, _SUMMARY, _ELEMENTS]
_CRITERIA = any_parameters("criteria", "Search parameters with modifiers, prefixes and chains, such as date=ge2026-01")
_CONTROLS = [query(name, "Shapes the answer of a search") for name in sorted(NAMES - {PAGE, "_format", "_pretty"})]
_PREFER = header("Prefer", "return=minimal, representation or OperationOutcome")
_IF_MATCH = header("If-Match", 'The version to change, as W/"3"; if it is no longer current, the answer is 412')
_IF_NONE_MATCH = header("If-None-Match", "The ETag that the client has; if it is current, the answer is 304")
_IF_MODIFIED_SINCE = header("If-Modified-Since", "The answer is 304 if the resource has not changed since")
_IF_NONE_EXIST = header("If-None-Exist", "Search parameters; if a resource matches, nothing is created")

_Kind = Interaction | str
"""An interaction; for the writes, which are one function, the method."""

_PARAMETERS: dict[_Kind, list[Json]] = {
    search.answer: [_CRITERIA, *_CONTROLS, _FORMAT, _PRETTY],
    history.answer: [
        query("_since", "Only versions from this instant on"),
        query("_at", "Only versions that were current at this time"),
        query("_count", "Entries of a page"),
        *_SHOWN,
    ],
    read.read: [_IF_NONE_MATCH, _IF_MODIFIED_SINCE, *_SHOWN],
    read.vread: [_IF_NONE_MATCH, *_SHOWN],
    "POST": [_IF_NONE_EXIST, _PREFER, _FORMAT],
    "PUT": [_IF_MATCH, _PREFER, _FORMAT],
    "DELETE": [_IF_MATCH, _FORMAT],
    "PATCH": [_IF_MATCH, _PREFER, _FORMAT],
    capability.answer: [query("mode", "full, normative or terminology"), _FORMAT, _PRETTY],
    bundle: [_PREFER, _FORMAT],
}
_OF_OPERATIONS = [any_parameters("parameters", "The parameters of the operation"), _FORMAT, _PRETTY]
"""The parameters of an interaction that is not in the table: an operation."""

_CONDITIONAL = ("PUT", "PATCH", "DELETE")
"""Writes that need criteria where the path has no id."""

_BODIES: dict[Content, Json] = {
    RESOURCE: body(schema("Resource"), *_RESOURCES),
    ANY: body(schema("Resource"), *_RESOURCES),
    TO_CHECK: body(schema("Resource"), *_RESOURCES),
    OPTIONAL: body(schema("Resource"), *_RESOURCES, required=False),
    PATCH: body({}, *APPLY),
    FORM: body({"type": "object", "additionalProperties": TEXT}, _FORM),
}

_SUMMARIES: dict[_Kind, str] = {
    bundle: "batch or transaction Bundle",
    read.read: "read",
    "POST": "create",
    "PUT": "update or create",
    "PATCH": "change parts",
    "DELETE": "delete",
}
"""What to show for paths that have several interactions; for others the summary of the route will do."""

_RESOURCE = answer("A resource, often a Bundle", schema("Resource"), *_RESOURCES, headers=("ETag", "Last-Modified"))
_WRITTEN = ("ETag", "Last-Modified", "Location")
_SUCCESS: dict[_Kind, Json] = {
    "POST": {
        "200": answer("A resource matches If-None-Exist; nothing was created", schema("Resource"), *_RESOURCES),
        "201": answer("The new resource", schema("Resource"), *_RESOURCES, headers=_WRITTEN),
    },
    "PUT": {
        "200": answer("The resource as it is now", schema("Resource"), *_RESOURCES, headers=_WRITTEN),
        "201": answer("The new resource", schema("Resource"), *_RESOURCES, headers=_WRITTEN),
    },
    "DELETE": {
        "200": answer("It is deleted", schema("OperationOutcome"), *_RESOURCES),
        "204": answer("It is deleted"),
    },
    read.read: {"200": _RESOURCE, "304": answer("The client has the current version")},
}
_ERROR = {"default": answer("Why it was refused", schema("OperationOutcome"), *_RESOURCES)}

_SCHEMAS: Json = {
    "Resource": {
        "type": "object",
        "description": "A resource of FHIR R4",
        "properties": {"resourceType": schema("ResourceType"), "id": TEXT},
        "required": ["resourceType"],
    },
    "OperationOutcome": {
        "type": "object",
        "description": "https://hl7.org/fhir/R4/operationoutcome.html",
        "properties": {
            "resourceType": {"const": "OperationOutcome"},
            "issue": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["resourceType", "issue"],
    },
}

_WORDS = re.compile(r"[^A-Za-z0-9]+")
_VIEWS = {
    "summary": "rows of a ViewDefinition over the resources in the request, or over what is stored",
    "tags": ["Operations"],
    "requestBody": body(schema("Resource"), FHIR_JSON),
    "responses": {
        "200": answer("The rows", {}, "application/json", "application/x-ndjson", "text/csv"),
        **_ERROR,
    },
}


def fhir_document(version: str, *, secured: bool) -> dict[str, Any]:
    """Return the OpenAPI document of `/fhir`."""
    paths: Json = {PREFIX + route.path: _path(route) for route in ROUTES}
    for path in ("/$viewdefinition-run", "/ViewDefinition/$viewdefinition-run"):
        paths[PREFIX + path] = {"post": {**_VIEWS, "operationId": _id("post", path)}}
    types = {"ResourceType": {"type": "string", "enum": sorted(r4.resource_types())}}
    return document("FHIR R4", _DESCRIPTION, version, paths, {"schemas": {**types, **_SCHEMAS}}, secured=secured)


def _path(route: Route) -> Json:
    variables: dict[str, Json] = {name: {"schema": schema("ResourceType")} for name in ("type", "owner")}
    parameters = path_parameters(route.path, variables)
    methods = {method.lower(): _operation(route, method, offer) for method, offer in route.offers.items()}
    return {**({"parameters": parameters} if parameters else {}), **methods}


def _operation(route: Route, method: str, offer: Offer) -> Json:
    kind: _Kind = method if offer.interaction is write.answer else offer.interaction
    parameters = _PARAMETERS.get(kind, _OF_OPERATIONS)
    if kind in _CONDITIONAL and not route.path.endswith("{id}"):
        parameters = [_CRITERIA, *parameters]
    described: Json = {
        "operationId": _id(method.lower(), route.path),
        "summary": _summary(route, kind),
        "tags": [_tag(route)],
        "parameters": parameters,
        "responses": {**_SUCCESS.get(kind, {"200": _RESOURCE}), **_ERROR},
    }
    if offer.content in _BODIES:
        described["requestBody"] = _BODIES[offer.content]
    return described


def _summary(route: Route, kind: _Kind) -> str:
    several = len(route.offers) > 1
    summary = _SUMMARIES.get(kind) or (route.summary.partition(";")[0] if several else route.summary)
    return f"{summary} by condition" if kind in _CONDITIONAL and not route.path.endswith("{id}") else summary


def _tag(route: Route) -> str:
    """Return the heading under which a page shows the route."""
    if any(f"${operation.name}" in route.path for operation in OPERATIONS):
        return "Operations"
    if "{owner}" in route.path:
        return "Compartments"
    return "One type" if "{type}" in route.path else "All types"


def _id(method: str, path: str) -> str:
    return "_".join(filter(None, [method, *_WORDS.split(path.replace("*", "all"))])) or method
