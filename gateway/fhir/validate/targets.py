"""Check the resource type that a reference names against its targets (https://hl7.org/fhir/R4/references.html)."""

from typing import Any

from gateway.fhir import r4
from gateway.fhir.references import target_type
from gateway.fhir.validate.findings import Check, ValidationIssue

FRAGMENT = "fragment"
"""The code of a question: to which type does `#id` point? The resource with the contained resources answers it.

Its text is the reference, and below it each type to which the reference may point, if not to all.
"""

_DEFINITION = "http://hl7.org/fhir/StructureDefinition/"


def named_type(value: dict[str, Any]) -> str | None:
    """Return the resource type that Reference.type names, None for a type that is not of R4."""
    type_ = str(value.get("type")).removeprefix(_DEFINITION)
    return type_ if type_ in r4.resource_types() else None


def _with_types(issue: ValidationIssue, types: list[str]) -> ValidationIssue:
    is_question = issue.code == FRAGMENT and not issue.path
    return issue._replace(text="\n".join([issue.text, *types])) if is_question else issue


def targeted(check: Check, targets: tuple[str, ...]) -> Check:
    """Extend `check`, the check of a Reference: `Type/id`, `Type?…` or Reference.type must name one of `targets`."""
    allowed, named = frozenset(targets), sorted(targets)
    if not allowed <= r4.resource_types():
        return check  # Resource: any type

    def targeted_check(value: Any) -> list[ValidationIssue]:
        if found := check(value):
            return [_with_types(issue, named) for issue in found]
        reference = value.get("reference")
        if type(reference) is str and reference.partition("/")[0] in allowed:
            return found
        type_ = (target_type(reference) if type(reference) is str else None) or named_type(value)
        if type_ is None or type_ in allowed:
            return found
        text = f"a reference to {type_} is not allowed here, only to {' or '.join(named)}"
        return [ValidationIssue("", "structure", text)]

    return targeted_check
