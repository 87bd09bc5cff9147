"""`$validate` on a type or an instance (https://hl7.org/fhir/R4/resource-operation-validate.html)."""

from typing import Any

from gateway.api.api import Api
from gateway.api.call import Call
from gateway.api.interactions import resource
from gateway.api.respond import Reply
from gateway.errors import BadRequest
from gateway.fhir import json
from gateway.fhir.json import Resource
from gateway.fhir.outcome import outcome
from gateway.fhir.validate import validate


async def answer(_: Api, call: Call) -> Reply:
    """200 with the findings, whatever they are: the check itself succeeded."""
    return Reply(200, json.dump(outcome(validate(_subject(resource(call)), type=call.type))))


def _subject(body: Resource) -> Resource:
    """The body itself, or the parameter `resource` of a Parameters body."""
    if body.get("resourceType") != "Parameters":
        return body
    parameters: Any = body.get("parameter")
    for parameter in parameters if isinstance(parameters, list) else ():
        if isinstance(parameter, dict) and parameter.get("name") == "resource":
            subject = parameter.get("resource")
            if isinstance(subject, dict):
                return subject
    raise BadRequest("Parameters must hold the parameter resource", expression="Parameters.parameter")
