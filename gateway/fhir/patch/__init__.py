"""Patches as pure functions: a resource and a patch in, the patched copy out (https://hl7.org/fhir/R4/http.html#patch).

`APPLY` maps the media type of a patch to its function `apply(resource, patch) -> Resource`, `patch` being the
body as JSON has it. All or nothing: an error leaves nothing half done, for the resource given is never changed.

- BadRequest (400): the patch itself is malformed; names the operation.
- Invalid (422): understood, but it cannot be applied to this resource, or would change resourceType or id.
- Conflict (409): a `test` of a JSON Patch does not hold. R4 leaves the status open; RFC 5789 2.2 has 409 for a patch
  that does not fit the state of the resource, and 412 is left to If-Match.

What a patch empties (the last item of a list, the last element of an object) goes, for FHIR has no empty elements.
Whether the result is a valid resource is for the caller to check, as with an update.
"""

from collections.abc import Callable
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch import json_patch, merge_patch, path_patch

__all__ = ["APPLY", "Change"]

Change = Callable[[Resource], Resource]
"""One patch, ready to be applied to whichever version is current."""

APPLY: dict[str, Callable[[Resource, Any], Resource]] = {
    "application/json-patch+json": json_patch.apply,
    "application/merge-patch+json": merge_patch.apply,
    "application/fhir+json": path_patch.apply,
    "application/fhir+xml": path_patch.apply,
}
