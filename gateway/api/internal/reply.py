"""Write documents as HTTP responses."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from gateway.api.protocol import etags

_encode = msgspec.json.Encoder(decimal_format="number").encode


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON."""
    return Response(_encode(value), status, headers, media_type="application/json")


def document_answer(document: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return the document with the version of its FHIR resource as ETag."""
    reflects = document["fhir"]
    stamps = {
        "ETag": etags.etag(reflects["version"]),
        "Last-Modified": etags.http_date(reflects["updated"]),
        **(headers or {}),
    }
    return Response(None, status, stamps) if status == 304 else answer(document, status, stamps)
