"""JSON Merge Patch (RFC 7396): the members of the patch replace those of the resource, and null removes a member."""

from typing import Any

from gateway.errors import BadRequest
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch.identity import check_identity


def apply(resource: Resource, patch: Any) -> Resource:
    """Return a patched copy. Raises BadRequest if the patch is not an object, Invalid if it changes type or id."""
    return check_identity(resource, patched(resource, patch))


def patched(value: Any, patch: Any) -> dict[str, Any]:
    """Return a patched copy of any JSON value. Raises BadRequest if the patch is not an object."""
    if not isinstance(patch, dict):
        raise BadRequest("a merge patch must be a JSON object")
    return _merged(fhir_json.deep_copy(value), patch)


def _merged(target: Any, patch: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = target if isinstance(target, dict) else {}
    for name, value in patch.items():
        new = _merged(result.get(name), value) if isinstance(value, dict) else fhir_json.deep_copy(value)
        if new in (None, {}, []):
            result.pop(name, None)
        else:
            result[name] = new
    return result
