"""Read a `$viewdefinition-run` request from its Parameters, query string and Accept header."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import BadRequest, NotSupported
from gateway.fhir import view
from gateway.fhir.fhir_json import Resource
from gateway.fhir.references import parse_reference
from gateway.fhir.view.formats import FORMATS

_NAMES = ("viewResource", "resource", "_format", "header", "patient", "_since", "_limit")
_MEDIA = {format_.media: name for name, format_ in FORMATS.items()} | {"application/octet-stream": "parquet"}


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """`resources` None: what is stored; of `patient` (an id) alone, and changed since, where that is asked for."""

    view: view.View
    format: str
    header: bool
    limit: int | None
    resources: list[Resource] | None
    patient: str | None
    since: str | None


def asked(body: Resource, query: Mapping[str, str], accept: str) -> ViewRequest:
    """Read the request. Raises BadRequest, NotSupported, and ViewError for a faulty view."""
    given = _parameters(body)
    resources = given.get("resource")
    if resources is not None and ("patient" in given or "_since" in given):
        raise NotSupported("patient and _since are offered for stored resources")
    if any(not isinstance(each, dict) for each in resources or ()):
        raise BadRequest("resource must be a resource", expression="Parameters.parameter")
    return ViewRequest(
        _view(given),
        _format(_one(given, "_format", str) or query.get("_format"), accept),
        _one(given, "header", bool) is not False and query.get("header") != "false",
        _limit(_one(given, "_limit", int), query.get("_limit")),
        resources,
        _patient(_one(given, "patient", dict)),
        _one(given, "_since", str),
    )


def _parameters(body: Resource) -> dict[str, list[Any]]:
    """Return name -> values. Raises BadRequest, NotSupported."""
    if body.get("resourceType") == "ViewDefinition":
        return {"viewResource": [body]}
    listed = body.get("parameter", [])
    if body.get("resourceType") != "Parameters" or not isinstance(listed, list):
        raise BadRequest("the body must be Parameters")
    found: dict[str, list[Any]] = {}
    for index, parameter in enumerate(listed):
        at = f"Parameters.parameter[{index}]"
        if not isinstance(parameter, dict):
            raise BadRequest("a parameter is an object", expression=at)
        name = parameter.get("name")
        if name not in _NAMES:
            raise NotSupported(f"the parameter {str(name)[:64]} is not offered", expression=at)
        values = [value for key, value in parameter.items() if key == "resource" or key.startswith("value")]
        if len(values) != 1 or (name != "resource" and name in found):
            raise BadRequest(f"{name} must have one value", expression=at)
        found.setdefault(name, []).append(values[0])
    return found


def _view(given: dict[str, list[Any]]) -> view.View:
    if "viewResource" not in given:
        raise BadRequest("viewResource is needed")
    return view.compile(given["viewResource"][0])


def _one(given: dict[str, list[Any]], name: str, type_: type) -> Any:
    value = given.get(name, [None])[0]
    if value is not None and value.__class__ is not type_:
        raise BadRequest(f"{name} has a value of another type", expression="Parameters.parameter")
    return value


def _limit(given: int | None, text: str | None) -> int | None:
    if given is None and text is None:
        return None
    number = str(text) if given is None else str(given)
    if not (number.isascii() and number.isdigit()):
        raise BadRequest("_limit must be a number from 0", expression="_limit")
    return int(number[:18])


def _patient(reference: dict[str, Any] | None) -> str | None:
    if reference is None:
        return None
    ref = parse_reference(str(reference.get("reference")))
    if ref is None or ref.type != "Patient":
        raise BadRequest("patient must be a reference such as Patient/1", expression="Parameters.parameter")
    return ref.id


def _format(wanted: str | None, accept: str) -> str:
    """Choose the format: `_format` beats Accept; without either, ndjson. Raises NotSupported."""
    if wanted:
        name = _MEDIA.get(wanted, wanted)
        if name not in FORMATS:
            raise NotSupported(f"_format must be one of {', '.join(FORMATS)}", expression="_format")
        return name
    media = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return next((_MEDIA[each] for each in media if each in _MEDIA), "ndjson")
