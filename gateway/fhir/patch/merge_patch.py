"""JSON Merge Patch (RFC 7386, now 7396): an object laid over the resource, null removes."""

from typing import Any

from gateway.errors import BadRequest
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch.identity import kept


def apply(resource: Resource, patch: Any) -> Resource:
    """Raises BadRequest if the patch is no object, Invalid if it would change resourceType or id."""
    return kept(resource, patched(resource, patch))


def patched(value: Any, patch: Any) -> dict[str, Any]:
    """Any JSON value, patched: a copy. Raises BadRequest if the patch is no object."""
    if not isinstance(patch, dict):
        raise BadRequest("a merge patch is a JSON object")
    return _merged(fhir_json.copied(value), patch)


def _merged(target: Any, patch: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = target if isinstance(target, dict) else {}
    for name, value in patch.items():
        new = _merged(result.get(name), value) if isinstance(value, dict) else fhir_json.copied(value)
        if new in (None, {}, []):
            result.pop(name, None)
        else:
            result[name] = new
    return result
