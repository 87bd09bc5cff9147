"""Leave out what a mapping computes from a result that does not count: one entered in error, one that was cancelled.

Its value, code and time stay in the document as they were sent. Nothing judges them, and as the document has no
fingerprint, no later result is told to be a duplicate of this one.
https://hl7.org/fhir/R4/valueset-observation-status.html
"""

from collections.abc import Iterable
from typing import Any

from gateway.mapping.field import Field

STATUSES = frozenset({"entered-in-error", "cancelled"})
COMPUTED = frozenset({"measured", "label", "fingerprint"})
"""The mapping types that compute a judgement from a result."""
_RULES = ("unit.", "value.")
"""How the rules of findings about a judged value begin."""


def is_retracted(resource: dict[str, Any]) -> bool:
    status = resource.get("status")
    return status.__class__ is str and status in STATUSES


def without_judgement(fields: Iterable[Field], document: dict[str, Any]) -> dict[str, Any]:
    """Return `document` without the fields of COMPUTED types, on any level. Lists keep their items and their order."""
    kept = dict(document)
    for field in fields:
        if field.type in COMPUTED:
            kept.pop(field.name, None)
        elif field.record is not None and field.name in kept:
            kept[field.name] = _below(field.record.fields, kept[field.name])
    return kept


def _below(fields: Iterable[Field], value: Any) -> Any:
    if isinstance(value, list):
        return [_below(fields, item) for item in value]
    return without_judgement(fields, value) if isinstance(value, dict) else value


def is_judgement(note: tuple[Any, ...]) -> bool:
    """Return whether a note is a finding about a judged value; see gateway.mapping.types.shape.finding."""
    return len(note) == 4 and str(note[1]).startswith(_RULES)
