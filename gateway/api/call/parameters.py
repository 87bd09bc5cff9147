"""The parameters of an operation, which may stand in the URL, or in a body that is a Parameters resource
(https://hl7.org/fhir/R4/operations.html#request)."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.api.call.call import Call, Pairs
from gateway.errors import BadRequest
from gateway.fhir.fhir_json import Resource

Parameter = tuple[str, tuple[str, Any]]
"""(name, (element, value)): `("mode", ("valueCode", "create"))`"""
Stated = Sequence[Parameter]


def given(call: Call) -> Pairs:
    """All as text, in the order given. Raises BadRequest for what is no parameter, or has no simple value."""
    if call.resource is None:
        return call.query
    if call.resource.get("resourceType") != "Parameters":
        raise BadRequest("the body of an operation is a Parameters", expression="resourceType")
    return call.query + tuple(_pair(name, value) for name, (_, value) in parameters(call.resource))


def _pair(name: str, value: Any) -> tuple[str, str]:
    if isinstance(value, dict | list):
        where = f"Parameters.parameter.where(name = '{name}')"
        raise BadRequest(f"the parameter {name[:64]} needs a simple value", expression=where)
    return name, str(value).lower() if isinstance(value, bool) else str(value)


def parameters(body: Resource) -> Iterator[Parameter]:
    """Each that has a value, a resource or parts. Raises BadRequest."""
    given = body.get("parameter", [])
    if not isinstance(given, list):
        raise BadRequest("parameter must be a list of objects", expression="Parameters.parameter")
    for index, one in enumerate(given):
        at = f"Parameters.parameter[{index}]"
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise BadRequest("a parameter must be an object with a name", expression=at)
        values = [key for key in one if key in ("resource", "part") or (key.startswith("value") and key != "value")]
        if len(values) == 1:
            yield one["name"], (values[0], one[values[0]])
        elif len(values) > 1:
            raise BadRequest("a parameter has one value", expression=at)
