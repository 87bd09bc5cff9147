"""Read the parameters of an operation from the URL, or from a body that is a Parameters resource.

https://hl7.org/fhir/R4/operations.html#request
"""

from collections.abc import Iterator
from typing import Any

from gateway.api.call.call import Call, Pairs
from gateway.errors import BadRequest
from gateway.fhir.fhir_json import Resource

Parameter = tuple[str, tuple[str, Any]]
"""(name, (element, value)): `("mode", ("valueCode", "create"))`"""


def text_parameters(call: Call) -> Pairs:
    """Return all parameters as text, those of the URL first.

    Raises BadRequest for a body that is not a Parameters, and for a parameter without a simple value.
    """
    if call.resource is None:
        return call.query
    if call.resource.get("resourceType") != "Parameters":
        raise BadRequest("the body of an operation is a Parameters", expression="resourceType")
    return call.query + tuple(_pair(name, value) for name, (_, value) in parameters(call.resource))


def _pair(name: str, value: Any) -> tuple[str, str]:
    if isinstance(value, dict | list):
        expression = f"Parameters.parameter.where(name = '{name}')"
        raise BadRequest(f"the parameter {name[:64]} needs a simple value", expression=expression)
    return name, str(value).lower() if isinstance(value, bool) else str(value)


def parameters(body: Resource) -> Iterator[Parameter]:
    """Yield each parameter that has a value, a resource or parts. Raises BadRequest for malformed parameters."""
    listed = body.get("parameter", [])
    if not isinstance(listed, list):
        raise BadRequest("parameter must be a list of objects", expression="Parameters.parameter")
    for index, parameter in enumerate(listed):
        at = f"Parameters.parameter[{index}]"
        if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str):
            raise BadRequest("a parameter must be an object with a name", expression=at)
        elements = [name for name in parameter if _holds_value(name)]
        if len(elements) == 1:
            yield parameter["name"], (elements[0], parameter[elements[0]])
        elif len(elements) > 1:
            raise BadRequest("a parameter has one value", expression=at)


def _holds_value(element: str) -> bool:
    return element in ("resource", "part") or (element.startswith("value") and element != "value")
