"""Describe `/internal`: every route with its parameters, bodies, answers and errors.

The handlers read their requests by hand, so nothing can be derived from their signatures. A test compares the routes
and methods here with those that are served, and real answers with the schemas.
"""

from typing import Any

from gateway.api.internal.known import ROOT
from gateway.api.openapi.elements import (
    COUNT,
    FLAG,
    TEXT,
    TIME,
    Json,
    answer,
    any_parameters,
    body,
    document,
    header,
    items,
    nullable,
    path_parameters,
    query,
    record,
    schema,
)
from gateway.api.openapi.internal_schemas import SCHEMAS, STATE

_DESCRIPTION = """\
Documents that the mappings make of FHIR resources, as plain JSON. An edit becomes a new version of the resource.
Errors are problem details (RFC 9457) that name the field. `docs/reference/internal-interface.md` explains all of it
with examples."""

_LIMIT = query("limit", "How many at most", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
_IF_MATCH = header("If-Match", "The ETag of the version to edit; if it is no longer current, the answer is 412")
_CREATE_ONLY = header("If-None-Match", "`*`: only create; if the document exists, the answer is 412")
_EDITED = ("ETag", "Last-Modified", "Content-Location")

_ERRORS = {
    400: "A parameter or the body cannot be understood",
    401: "A bearer token is needed",
    404: "There is no such collection or document",
    405: "The collection can only be read",
    409: "A `test` of the JSON Patch does not hold, or the mapping has changed",
    410: "The document is deleted",
    412: "The document is at another version",
    413: "The body is too large",
    415: "The body has another media type",
    422: "The document cannot be written as valid FHIR; `errors` names each field",
    503: "The database does not answer, or the question took too long",
}
_READING = (400, 503)
_ONE = (404, 410)
_WRITING = (400, 404, 405, 412, 413, 415, 422, 503)


def _errors(*statuses: int) -> Json:
    return {str(status): answer(_ERRORS[status], schema("Problem"), "application/problem+json") for status in statuses}


def _document_answer(text: str, *headers: str) -> Json:
    return answer(text, schema("Document"), headers=headers)


_LIST: Json = {
    "summary": "Find documents by their fields",
    "description": "All conditions must hold. An operator follows the field: `birth_start:lt=1970`. Operators are "
    "eq, ne, gt, ge, lt, le, in, exists and prefix. `patient` and `code` are short for the usual questions.",
    "parameters": [
        any_parameters("conditions", "A value for each field, by its dotted name with an operator if there is one"),
        query("sort", "Fields with single values, separated by commas; `-` before a field reverses it"),
        _LIMIT,
        query("after", "Where the page begins: taken from `next`, never made by hand"),
        query("count", "`true` adds `total`", FLAG),
    ],
    "responses": {
        "200": answer(
            "The documents under the name of the collection, and the address of the next page",
            {
                "type": "object",
                "properties": {"next": nullable(TEXT), "total": COUNT, "stale": COUNT},
                "required": ["next"],
                "additionalProperties": items(schema("Document")),
            },
        ),
        **_errors(400, 404, 503),
    },
}

_PATHS: dict[str, Json] = {
    "": {
        "get": {
            "summary": "List the collections and their fields",
            "responses": {"200": answer("All collections", record(collections=items(schema("Collection"))))},
        }
    },
    "/letters": {
        "get": {
            "summary": "List the dead letters",
            "description": "Newest first. Payloads hold patient data and are not shown.",
            "parameters": [query("source", "Only letters of this source"), _LIMIT],
            "responses": {
                "200": answer("The letters", record(letters=items(schema("Letter")), total=COUNT)),
                **_errors(*_READING),
            },
        }
    },
    "/not-scored": {
        "get": {
            "summary": "List why scores are missing",
            "parameters": [query("patient", "Only this patient: an id, or Patient/id"), _LIMIT],
            "responses": {
                "200": answer("The reasons", record(not_scored=items({"type": "object"}))),
                **_errors(*_READING),
            },
        }
    },
    "/quality": {
        "get": {
            "summary": "Count the findings of data quality",
            "parameters": [
                query("by", "What to count by: rule, source, day, separated by commas"),
                query("collection", "Only this collection"),
                query("rule", "Only this rule, such as date.future"),
                query("source", "Only data from this source"),
                query("from", "Only documents stored from this date or time on"),
                query("to", "Only documents stored until this date or time"),
                _LIMIT,
            ],
            "responses": {
                "200": answer(
                    "The counts, the number of rows left out, and the totals of each collection",
                    record(counts=items({"type": "object"}), more=COUNT, totals=items({"type": "object"})),
                ),
                **_errors(400, 404, 503),
            },
        }
    },
    "/mappings": {
        "get": {
            "summary": "Show the mappings in use",
            "responses": {
                "200": answer(
                    "The mappings, and why newer files were refused, if they were",
                    record(
                        mappings=items(schema("MappingInUse")),
                        loaded=TIME,
                        milliseconds=nullable({"type": "number"}),
                        error=nullable(record(text=TEXT, at=TIME)),
                    ),
                )
            },
        }
    },
    "/codes": {
        "get": {
            "summary": "List local codes that have no LOINC code",
            "parameters": [query("state", "Only codes in this state", STATE), _LIMIT],
            "responses": {
                "200": answer("The codes", record(items=items(schema("LocalCode")), total=COUNT)),
                **_errors(*_READING),
            },
        }
    },
    "/codes/refresh": {
        "post": {
            "summary": "Fill the queue of local codes from what is stored",
            "responses": {
                "200": answer(
                    "What was found",
                    record(observations=COUNT, items=COUNT, open=COUNT, known=COUNT, left_out=COUNT, model=FLAG),
                ),
                **_errors(503),
            },
        }
    },
    "/codes/decisions": {
        "post": {
            "summary": "Accept or reject a suggestion",
            "requestBody": body(schema("Decision"), "application/json"),
            "responses": {
                "200": answer("The codes that the decision changed", record(items=items(schema("LocalCode")))),
                **_errors(400, 404, 409, 413, 415, 503),
            },
        }
    },
    "/{collection}": {
        "get": _LIST,
        "post": {
            "summary": "Create a document under an id that the gateway chooses",
            "requestBody": body(schema("NewDocument"), "application/json"),
            "responses": {
                "201": _document_answer("The new document", "Location", *_EDITED),
                **_errors(400, 404, 405, 413, 415, 422, 503),
            },
        },
    },
    "/{collection}/{id}": {
        "get": {
            "summary": "Read a document",
            "parameters": [header("If-None-Match", "The ETag that the client has; 304 if it is current")],
            "responses": {
                "200": _document_answer("The document", "ETag", "Last-Modified"),
                "304": answer("The client has the current version", headers=("ETag",)),
                **_errors(*_ONE, 503),
            },
        },
        "put": {
            "summary": "Replace a document, or create it under this id",
            "description": "Fields that the new document lacks are removed.",
            "parameters": [_IF_MATCH, _CREATE_ONLY],
            "requestBody": body(schema("NewDocument"), "application/json"),
            "responses": {
                "200": _document_answer("The document as it is now", *_EDITED),
                "201": _document_answer("The new document", "Location", *_EDITED),
                **_errors(*_WRITING, 409),
            },
        },
        "patch": {
            "summary": "Change fields of a document",
            "parameters": [_IF_MATCH],
            "requestBody": {
                "required": True,
                "content": {
                    "application/merge-patch+json": {"schema": {"type": "object"}},
                    "application/json": {"schema": {"type": "object"}},
                    "application/json-patch+json": {"schema": schema("JsonPatch")},
                },
            },
            "responses": {
                "200": _document_answer("The document as it is now", *_EDITED),
                **_errors(*_WRITING, 409, 410),
            },
        },
        "delete": {
            "summary": "Delete a document and its resource",
            "description": "The history stays readable under /fhir.",
            "parameters": [_IF_MATCH],
            "responses": {
                "204": answer("The document is deleted"),
                **_errors(404, 405, 409, 412, 503),
            },
        },
    },
}

_VARIABLES: dict[str, Json] = {
    "collection": {"description": "A collection that GET /internal lists, such as patients"},
    "id": {"description": "The id of the document, which is that of its FHIR resource"},
}


def internal_document(version: str, *, secured: bool) -> dict[str, Any]:
    """Return the OpenAPI document of `/internal`."""
    paths = {ROOT + path: _with_path(path, methods) for path, methods in _PATHS.items()}
    return document("Internal documents", _DESCRIPTION, version, paths, {"schemas": SCHEMAS}, secured=secured)


_HEADINGS = {"": "Documents", "letters": "Waiting for a person", "not-scored": "Waiting for a person"}
_HEADINGS |= {"codes": "Waiting for a person", "quality": "Data quality and mappings"}
_HEADINGS |= {"mappings": "Data quality and mappings", "{collection}": "Documents"}
"""The heading under which a page shows a route, by the first part of its path."""


def _with_path(path: str, methods: Json) -> Json:
    """Add the parameters of the path, and ids that are unique, as generators of clients need them."""
    words = [part.strip("{}") for part in path.split("/") if part] or ["collections"]
    heading = _HEADINGS[path.split("/")[1] if path else ""]
    named = {
        method: {"tags": [heading], "operationId": "_".join([method, *words]).replace("-", "_"), **operation}
        for method, operation in methods.items()
    }
    parameters = path_parameters(path, _VARIABLES)
    return {**({"parameters": parameters} if parameters else {}), **named}
