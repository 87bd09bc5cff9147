"""Apply a patch to a resource (https://hl7.org/fhir/R4/http.html#patch).

`APPLY` maps the media type of a patch to its function `apply(resource, patch) -> Resource`, where `patch` is the body
as JSON. The functions are pure: they return a patched copy and never change the resource. They raise

- BadRequest (400) if the patch itself is malformed, naming the operation;
- Invalid (422) if it cannot be applied to this resource, or would change resourceType or id;
- Conflict (409) if a `test` of a JSON Patch fails. R4 leaves the status open. RFC 5789 2.2 has 409 for a patch that
  does not fit the state of the resource, and 412 is for If-Match.

A list or object that a patch empties is removed, because FHIR has no empty elements. The result is not validated: that
is left to the caller, as with an update.
"""

from collections.abc import Callable
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch import json_patch, merge_patch, path_patch

__all__ = ["APPLY", "Change"]

Change = Callable[[Resource], Resource]
"""A patch as a function, which can be applied to any version of the resource."""

APPLY: dict[str, Callable[[Resource, Any], Resource]] = {
    "application/json-patch+json": json_patch.apply,
    "application/merge-patch+json": merge_patch.apply,
    "application/fhir+json": path_patch.apply,
    "application/fhir+xml": path_patch.apply,
}
