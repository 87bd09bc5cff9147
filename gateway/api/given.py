"""The parameters of an operation, which may stand in the URL, or in a body that is a Parameters resource
(https://hl7.org/fhir/R4/operations.html#request)."""

from gateway.api.call import Call, Pairs
from gateway.errors import BadRequest
from gateway.fhir.json import Resource


def given(call: Call) -> Pairs:
    """All as text, in the order given. Raises BadRequest for what is no parameter, or has no simple value."""
    if call.resource is None:
        return call.query
    if call.resource.get("resourceType") != "Parameters":
        raise BadRequest("the body of an operation is a Parameters", expression="resourceType")
    listed = call.resource.get("parameter", [])
    if not isinstance(listed, list):
        raise BadRequest("parameter must be an array", expression="Parameters.parameter")
    return call.query + tuple(_pair(one, f"Parameters.parameter[{number}]") for number, one in enumerate(listed))


def _pair(parameter: Resource, path: str) -> tuple[str, str]:
    name = parameter.get("name") if isinstance(parameter, dict) else None
    if not isinstance(name, str):
        raise BadRequest("a parameter needs a name", expression=path)
    for key, value in parameter.items():
        if key.startswith("value") and not isinstance(value, dict | list):
            return name, str(value).lower() if isinstance(value, bool) else str(value)
    raise BadRequest(f"the parameter {name[:64]} needs a simple value", expression=path)
