"""Which resource types a reference may point to, as far as its text tells (https://hl7.org/fhir/R4/references.html)."""

from typing import Any

from gateway.fhir import r4
from gateway.fhir.references import target_type
from gateway.fhir.validate.findings import Check, ValidationIssue

FRAGMENT = "fragment"
"""A finding with this code is a question to the resource that holds the contained ones: the reference and, a line each,
the types it may point to, if not to all."""

_DEFINITION = "http://hl7.org/fhir/StructureDefinition/"


def named_type(value: dict[str, Any]) -> str | None:
    """The resource type that Reference.type names; None for a type of elsewhere."""
    type_ = str(value.get("type")).removeprefix(_DEFINITION)
    return type_ if type_ in r4.resource_types() else None


def _asking(one: ValidationIssue, types: list[str]) -> ValidationIssue:
    return one._replace(text="\n".join([one.text, *types])) if one.code == FRAGMENT and not one.path else one


def targeted(check: Check, targets: tuple[str, ...]) -> Check:
    """`check`, the check of a Reference, and that `Type/id`, `Type?…`, else Reference.type, names one of `targets`."""
    allowed, named = frozenset(targets), sorted(targets)
    if not allowed <= r4.resource_types():
        return check  # Resource: any type

    def targeted_check(value: Any) -> list[ValidationIssue]:
        if found := check(value):
            return [_asking(one, named) for one in found]
        reference = value.get("reference")
        if type(reference) is str and reference.partition("/")[0] in allowed:
            return found
        type_ = (target_type(reference) if type(reference) is str else None) or named_type(value)
        if type_ is None or type_ in allowed:
            return found
        text = f"a reference to {type_} is not allowed here, only to {' or '.join(named)}"
        return [ValidationIssue("", "structure", text)]

    return targeted_check
