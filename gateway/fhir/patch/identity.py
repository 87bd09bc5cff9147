"""Check that a patch has not changed which resource it is. Apart, because all three kinds of patch end with it."""

from typing import Any

from gateway.errors import Invalid
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource


def check_identity(before: Resource, after: Any) -> Resource:
    """Return `after`. Raises Invalid if its type or id changed, Malformed if it is nested too deep to be read again."""
    if not isinstance(after, dict):
        raise Invalid("the patch does not leave a resource")
    for name in ("resourceType", "id"):
        if after.get(name) != before.get(name):
            raise Invalid(f"a patch may not change {name}", expression=f"{before.get('resourceType')}.{name}")
    fhir_json.check_depth(after)
    return after
