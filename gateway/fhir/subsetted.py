"""Recognize resources that a server has shortened (https://hl7.org/fhir/R4/search.html#summary)."""

from gateway.fhir.json import Resource

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
CODE = "SUBSETTED"


def is_subsetted(resource: Resource) -> bool:
    """Return whether `meta.tag` says that elements were left out: such a resource must not replace a complete one."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    if not isinstance(tags, list):
        return False
    return any(isinstance(tag, dict) and tag.get("system") == SYSTEM and tag.get("code") == CODE for tag in tags)
