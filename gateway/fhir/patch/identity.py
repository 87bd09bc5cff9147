"""What no patch may change: which resource it is."""

from typing import Any

from gateway.errors import Invalid
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource


def kept(before: Resource, after: Any) -> Resource:
    """Return `after`. Raises Invalid unless it is the same resource, Malformed if it is nested too deep to be read."""
    if not isinstance(after, dict):
        raise Invalid("the patch leaves no resource")
    for name in ("resourceType", "id"):
        if after.get(name) != before.get(name):
            raise Invalid(f"a patch may not change {name}", expression=f"{before.get('resourceType')}.{name}")
    fhir_json.check_depth(after)
    return after
