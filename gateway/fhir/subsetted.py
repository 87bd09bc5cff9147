"""Recognize resources of which a server sent only a part, because of `_summary` or `_elements`.

Servers tag them SUBSETTED "to ensure that the resource is not accidentally used to overwrite a complete one"
(https://hl7.org/fhir/R4/search.html#summary).
"""

from gateway.fhir.fhir_json import Resource

_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
_CODE = "SUBSETTED"


def is_subsetted(resource: Resource) -> bool:
    """Tell whether `resource` has the tag SUBSETTED. Return False if its meta or tag is malformed."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    if not isinstance(tags, list):
        return False
    return any(isinstance(tag, dict) and (tag.get("system"), tag.get("code")) == (_SYSTEM, _CODE) for tag in tags)
