"""Binary resources: take and give bytes of any type as they are (https://hl7.org/fhir/R4/binary.html#rest)."""

import base64
import binascii
import re
from typing import Any

from starlette.requests import Request

from gateway.api.call import call
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import body, negotiation
from gateway.errors import UnsupportedMediaType
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.xml.prolog import root

_HEADER = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_MEDIA = re.compile(r"[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-]+(?: *;[\x20-\x7e]*)?")
_UNKNOWN = "application/octet-stream"
_JSON = re.compile(rb'"resourceType"\s*:\s*"Binary"')
_XML = re.compile(rb"<(?:[\w.-]+:)?Binary[\s/>]")


async def resource_of(request: Request, deployment: Deployment) -> Resource:
    """Return the Binary in the body, or one that holds the body. Raises UnsupportedMediaType, TooLarge, Malformed.

    "The data is accepted as is and treated as the content of a Binary, including when the content type is
    application/fhir+xml or application/fhir+json, except for the special case where the content is actually a Binary".
    """
    content_type = " ".join(request.headers.get("content-type", "").split())
    if not content_type:
        raise UnsupportedMediaType("Content-Type is needed: it says what the content is")
    data = await body.read(request, deployment.max_body)
    if negotiation.is_fhir(content_type) and (binary := await _binary(data, content_type, deployment)) is not None:
        return binary
    return _holding(data, content_type, request)


async def _binary(data: bytes, content_type: str, deployment: Deployment) -> Resource | None:
    """Return the Binary in `data`, None if `data` is anything else. Raises Malformed for a broken Binary."""
    is_xml = negotiation.is_xml(content_type)
    if data and not (_XML.match(data, root(data)) if is_xml else _JSON.search(data)):
        return None
    resource = await call.parsed(data, is_xml, deployment.max_depth)
    return resource if resource.get("resourceType") == "Binary" else None


def _holding(data: bytes, content_type: str, request: Request) -> Resource:
    resource: dict[str, Any] = {"resourceType": "Binary", "contentType": content_type}
    if id_ := request.path_params.get("id"):
        resource["id"] = id_
    if context := request.headers.get("x-security-context", "").strip():
        resource["securityContext"] = {"reference": context}
    if data:
        resource["data"] = base64.b64encode(data).decode()
    return resource


def content(stored: bytes, accept: str) -> tuple[bytes, dict[str, str]] | None:
    """Return the content of a Binary and the headers about it; None if `accept` asks for the resource."""
    resource = fhir_json.parse(stored)
    stated = resource.get("contentType")
    content_type = stated if isinstance(stated, str) and _MEDIA.fullmatch(stated) else _UNKNOWN
    if not negotiation.is_native(accept, content_type):
        return None
    headers = {"Content-Type": content_type, "Content-Disposition": "attachment"}
    context = resource.get("securityContext")
    reference = context.get("reference") if isinstance(context, dict) else None
    if isinstance(reference, str) and _HEADER.fullmatch(reference):
        headers["X-Security-Context"] = reference
    return _data(resource), headers


def _data(resource: Resource) -> bytes:
    """Decode the content. Data that is not base64, which a lenient gateway may hold, is decoded as far as possible."""
    data = resource.get("data", "")
    try:
        return binascii.a2b_base64(data if isinstance(data, str) else "")
    except ValueError:
        return b""
