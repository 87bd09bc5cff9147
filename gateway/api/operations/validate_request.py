"""Read the request of `$validate` (https://hl7.org/fhir/R4/resource-operation-validate.html).

The resource comes as the body, with `mode` and `profile` in the query, or all of them come in a Parameters. A body that
is a Parameters is this wrapper, unless it may itself be the resource to validate: see `_is_wrapper`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.api.call.call import Call, Pairs
from gateway.api.call.parameters import Parameter, parameters
from gateway.errors import BadRequest, Issue, NotSupported
from gateway.fhir.fhir_json import Resource

MODES = ("create", "update", "delete", "profile")
_NAMES = frozenset({"resource", "mode", "profile"})


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """A request to validate a resource.

    resource: None for the stored resource of the address.
    remarks: issues with the request itself, reported with the findings.
    """

    resource: Resource | None
    mode: str = ""
    profiles: tuple[str, ...] = ()
    remarks: tuple[Issue, ...] = ()


def asked(call: Call) -> ValidationRequest:
    """Read the query and the body.

    Raises BadRequest, and NotSupported for a parameter that $validate does not have; with handling=lenient such a
    parameter is only a remark.
    """
    body = call.resource or {}
    wrapped = body.get("resourceType") == "Parameters" and _is_wrapper(body, call.type)
    stated = list(parameters(body)) if wrapped else []
    texts = (*call.query, *(_text(parameter) for parameter in stated if parameter[0] != "resource"))
    remarks = _unknown(texts, lenient=call.prefer.lenient)
    if body.get("resourceType") == "Parameters" and not wrapped:
        remarks.append(_not_unwrapped())
    modes = {value for name, value in texts if name == "mode"}
    if len(modes) > 1 or not modes <= {"", *MODES}:
        raise BadRequest(f"mode must be one of {', '.join(MODES)}", expression="Parameters.parameter")
    profiles = tuple(value for name, value in texts if name == "profile" and value)
    resource = _resource(stated) if wrapped else body or None
    return ValidationRequest(resource, next(iter(modes), ""), profiles, tuple(remarks))


def _is_wrapper(body: Resource, type_: str) -> bool:
    """Tell whether a Parameters is the wrapper of the request.

    With another type in the path it always is. With no type it is if it has a parameter of $validate, and at
    `Parameters/$validate` if it has no others and one of them is a resource.
    """
    if type_ not in ("", "Parameters"):
        return True
    listed = body.get("parameter")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    names = {str(row.get("name")) for row in rows}
    if not type_:
        return bool(names & _NAMES)
    return names <= _NAMES and any(row.get("name") == "resource" and "resource" in row for row in rows)


def _text(parameter: Parameter) -> tuple[str, str]:
    name, (element, value) = parameter
    if name in _NAMES and not (element.startswith("value") and isinstance(value, str)):
        where = f"Parameters.parameter.where(name = '{name}')"
        raise BadRequest(f"the parameter {name} must be a {'code' if name == 'mode' else 'uri'}", expression=where)
    return name, value if isinstance(value, str) else ""


def _unknown(texts: Pairs, *, lenient: bool) -> list[Issue]:
    unknown = list(dict.fromkeys(name for name, _ in texts if name not in ("mode", "profile")))
    if unknown and not lenient:
        raise NotSupported(f"$validate has no parameter '{unknown[0][:64]}', only resource, mode and profile")
    return [
        Issue("warning", "not-supported", f"$validate has no parameter '{name[:64]}'; it was left out")
        for name in unknown
    ]


def _not_unwrapped() -> Issue:
    text = (
        "the Parameters itself was validated. To validate a resource within one, send a Parameters with the parameter "
        "resource, and beside it only mode and profile"
    )
    return Issue("information", "informational", text, "Parameters")


def _resource(stated: Sequence[Parameter]) -> Resource | None:
    values = [(element, value) for name, (element, value) in stated if name == "resource"]
    if len(values) > 1 or any(element != "resource" or not isinstance(value, dict) for element, value in values):
        where = "Parameters.parameter.where(name = 'resource')"
        raise BadRequest("the parameter resource must be one resource", expression=where)
    return values[0][1] if values else None
