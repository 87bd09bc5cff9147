"""The pieces that both OpenAPI documents are built from. https://spec.openapis.org/oas/v3.1.0.html"""

import re
from typing import Any

Json = dict[str, Any]

_VARIABLE = re.compile(r"{(\w+)}")

TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
FLAG: Json = {"type": "boolean"}
TIME: Json = {"type": "string", "format": "date-time"}


def document(title: str, description: str, version: str, paths: Json, components: Json, *, secured: bool) -> Json:
    """Return a whole document. With `secured` it says that every route wants a bearer token."""
    security = {
        "components": {**components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "description": description, "version": version},
        "servers": [{"url": "/"}],
        "paths": paths,
        **(security if secured else {"components": components}),
    }


def query(name: str, text: str, schema: Json = TEXT) -> Json:
    """Return an optional parameter of the query string."""
    return {"name": name, "in": "query", "description": text, "schema": schema}


def header(name: str, text: str) -> Json:
    """Return an optional request header."""
    return {"name": name, "in": "header", "description": text, "schema": TEXT}


def path_parameters(path: str, texts: dict[str, Json]) -> list[Json]:
    """Return the parameters of the variables in `path`; `texts` adds a description or a schema to each."""
    return [
        {"name": name, "in": "path", "required": True, "schema": TEXT, **texts.get(name, {})}
        for name in _VARIABLE.findall(path)
    ]


def any_parameters(name: str, text: str) -> Json:
    """Return a parameter that stands for all others: an object whose members become parameters of the query string."""
    schema = {"type": "object", "additionalProperties": TEXT}
    return {"name": name, "in": "query", "description": text, "style": "form", "explode": True, "schema": schema}


def body(schema: Json, *media: str, required: bool = True) -> Json:
    """Return a request body that may be sent as any of the media types."""
    return {"required": required, "content": {name: {"schema": schema} for name in media}}


def answer(text: str, schema: Json | None = None, *media: str, headers: tuple[str, ...] = ()) -> Json:
    """Return a response, without content if there is no schema."""
    response: Json = {"description": text}
    if schema is not None:
        response["content"] = {name: {"schema": schema} for name in media or ("application/json",)}
    if headers:
        response["headers"] = {name: {"schema": TEXT} for name in headers}
    return response


def schema(name: str) -> Json:
    """Return a reference to one of the schemas of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(**members: Json) -> Json:
    """Return the schema of an object that has all of these members."""
    return {"type": "object", "properties": members, "required": [*members]}


def items(of: Json) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": of}


def nullable(of: Json) -> Json:
    """Return the schema of a value that may be null."""
    return {"anyOf": [of, {"type": "null"}]}
