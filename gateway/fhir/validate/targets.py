"""Which resource types a reference may point to, as far as its text tells (https://hl7.org/fhir/R4/references.html)."""

from typing import Any

from gateway.fhir import r4
from gateway.fhir.references import split
from gateway.fhir.validate.findings import Check, Finding


def targeted(check: Check, targets: tuple[str, ...]) -> Check:
    """`check`, the check of a Reference, and that `Type/id` names one of `targets`."""
    allowed = frozenset(targets)
    if not allowed <= r4.resource_types():
        return check  # Resource: any type

    def targeted_check(value: Any) -> list[Finding]:
        found = check(value)
        if found or type(reference := value.get("reference")) is not str:
            return found
        if reference.partition("/")[0] in allowed:
            return found
        parts = split(reference)
        if parts is None or parts.type in allowed:
            return found
        text = f"a reference to {parts.type} is not allowed here, only to {' or '.join(sorted(allowed))}"
        return [Finding("", "structure", text)]

    return targeted_check
