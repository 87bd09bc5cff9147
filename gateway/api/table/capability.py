"""Build the CapabilityStatement from what is really offered: the operations, the types and the search parameters.

https://hl7.org/fhir/R4/capabilitystatement.html, built with the models of fhir.resources, once per process.
"""

import asyncio
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from typing import Any

from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from gateway.api.call.call import Call
from gateway.api.operations.terminology.statement import terminology_statement
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import etags
from gateway.api.protocol.negotiation import FORMATS
from gateway.api.reply.respond import Reply
from gateway.api.reply.subset import view
from gateway.api.table.operations import OPERATIONS
from gateway.errors import BadRequest
from gateway.fhir import fhir_json, r4
from gateway.fhir.patch import APPLY
from gateway.search.definitions.parameters import parameters

STARTED = datetime.now(UTC).replace(microsecond=0)
_TYPE_LEVEL = ("create", "history-type", "search-type")
_INSTANCE_LEVEL = ("read", "vread", "update", "patch", "delete", "history-instance")
_COLUMN_TYPES = {"identity": "token", "updated": "date", "words": "string", "phonetic": "string"}
_BASE = "urn:base"
_COMPARTMENT = "http://hl7.org/fhir/CompartmentDefinition/"


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Return the statement with an ETag, so that a client may ask whether it is still current
    (https://hl7.org/fhir/R4/http.html#capabilities).
    """
    whole = await _statement(deployment, call)
    body = await view(dict(call.query)).of(whole)
    tag = blake2b(body, digest_size=8).hexdigest()
    if call.if_none_match and etags.none_match(call.if_none_match, tag):
        return Reply(304, etag=etags.etag(tag))
    return Reply(200, body, etag=etags.etag(tag))


async def _statement(deployment: Deployment, call: Call) -> bytes:
    modes = [value for name, value in call.query if name == "mode"]
    if any(mode not in ("full", "normative", "terminology") for mode in modes):
        raise BadRequest("mode must be full, normative or terminology")
    if "terminology" in modes:
        return await asyncio.to_thread(terminology_statement, deployment.version, call.base)
    # Thousands of search parameters go through the models: a second that must not hold up other requests.
    given = (deployment.version, bool(deployment.tokens), deployment.references == "refuse", bool(deployment.origins))
    found = await asyncio.to_thread(statement, *given)
    return found.replace(fhir_json.dump(_BASE), fhir_json.dump(call.base), 1)


@cache
def statement(version: str, secured: bool, enforced: bool, shared: bool = False) -> bytes:
    """Return the JSON of the statement, with `_BASE` in place of the address, which depends on the call.

    enforced: whether references must lead to stored resources.
    shared: whether pages of other origins may use the interface.
    """
    rest: dict[str, Any] = {
        "mode": "server",
        "security": {"cors": shared, **_security(secured)},
        "resource": [_resource(type_, enforced) for type_ in sorted(r4.resource_types())],
        "interaction": [{"code": code} for code in ("transaction", "batch", "search-system", "history-system")],
        "searchParam": _search_parameters(None),
        "operation": _operations(None),
        "compartment": [_COMPARTMENT + name.lower() for name in sorted(r4.compartments())],
    }
    described: dict[str, Any] = {
        "status": "active",
        "date": STARTED,
        "kind": "instance",
        "software": {"name": "FHIR gateway", "version": version},
        "implementation": {"description": "FHIR interoperability gateway", "url": _BASE},
        "fhirVersion": "4.0.1",
        "format": list(FORMATS),
        "patchFormat": list(APPLY),
        "rest": [rest],
    }
    built = CapabilityStatement.model_validate(described)
    plain: dict[str, Any] = built.model_dump(mode="json", exclude_none=True)
    return fhir_json.dump({"resourceType": "CapabilityStatement", **plain})


def _security(secured: bool) -> dict[str, Any]:
    return {"description": "A bearer token in the Authorization header" if secured else "Open: for use on this machine"}


def _resource(type_: str, enforced: bool) -> dict[str, Any]:
    names = [
        f"{type_}:{name}" for name, parameter in sorted(parameters(type_).items()) if parameter.type == "reference"
    ]
    return {
        "type": type_,
        "interaction": [{"code": code} for code in _INSTANCE_LEVEL + _TYPE_LEVEL],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": True,
        "conditionalDelete": "single",
        "referencePolicy": ["literal", "logical", *(["enforced"] if enforced else [])],
        "searchInclude": [*names, "*"] if names else None,
        "searchRevInclude": _referring().get(type_),
        "searchParam": _search_parameters(type_),
        "operation": _operations(type_),
    }


@cache
def _referring() -> dict[str, list[str]]:
    """Return type -> references that may lead to it, such as `Observation:subject`."""
    found: dict[str, list[str]] = {}
    for source in sorted(r4.resource_types()):
        for name, parameter in sorted(parameters(source).items()):
            for target in parameter.targets if parameter.type == "reference" else ():
                found.setdefault(target, []).append(f"{source}:{name}")
    return found


def _operations(type_: str | None) -> list[dict[str, str]]:
    return [{"name": one.name, "definition": one.definition} for one in OPERATIONS if one.on(type_)]


def _search_parameters(type_: str | None) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": _COLUMN_TYPES.get(parameter.type, parameter.type)}
        for name, parameter in sorted(parameters(type_).items())
    ] + [{"name": "_filter", "type": "special"}]
