"""Turn references that a partner cannot follow into identifiers, and back
(https://hl7.org/fhir/R4/references.html#logical). Pure.
"""

from collections.abc import Callable, Collection
from typing import Any

from gateway.fhir import references
from gateway.fhir.fhir_json import Resource
from gateway.sync.identity import SYSTEM

_Reference = dict[str, Any]


def to_logical(resource: Resource, unknown: Collection[str], site: str) -> Resource:
    """Return a copy in which the literal references among `unknown` are identifiers."""

    def change(reference: _Reference) -> _Reference:
        literal = reference.get("reference")
        target = references.parse_reference(literal) if isinstance(literal, str) and literal in unknown else None
        if target is None or "identifier" in reference:
            return reference
        kept = {key: value for key, value in reference.items() if key != "reference"}
        identifier = {"system": SYSTEM, "value": f"{site}/{target.type}/{target.id}"}
        return {"type": target.type, **kept, "identifier": identifier}

    changed: Resource = _changed(resource, change)
    return changed


def to_literal(resource: Resource, site: str) -> Resource:
    """Return a copy in which our own identifiers are literal references again."""

    def change(reference: _Reference) -> _Reference:
        identifier = reference.get("identifier")
        if not isinstance(identifier, dict) or identifier.get("system") != SYSTEM or "reference" in reference:
            return reference
        value = str(identifier.get("value"))
        if not value.startswith(site + "/"):
            return reference
        kept = {key: value for key, value in reference.items() if key not in ("identifier", "type")}
        return {"reference": value.removeprefix(site + "/"), **kept}

    changed: Resource = _changed(resource, change)
    return changed


def _changed(value: Any, change: Callable[[_Reference], _Reference]) -> Any:
    if isinstance(value, dict):
        return {key: _changed(child, change) for key, child in change(value).items()}
    if isinstance(value, list):
        return [_changed(child, change) for child in value]
    return value
