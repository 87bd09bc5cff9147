"""Is this JSON object a valid R4 resource? (https://hl7.org/fhir/R4/validation.html)

    findings -> primitives, narrative, bindings, targets, slots -> shape -> elements -> invariants -> validate

`elements` compiles the definitions to checks of structure, cardinality, types and formats, choices, required bindings,
reference targets and contained resources; `invariants` evaluates the FHIRPath rules of what is structurally sound.
`profiles` adds what a resource's profiles ask, where their definitions are given. What is looked at and what is not:
docs/validation.md.
"""

from collections.abc import Iterable

from gateway.errors import Invalid, Issue
from gateway.fhir import r4
from gateway.fhir.json import Resource
from gateway.fhir.validate import elements
from gateway.fhir.validate.invariants import broken
from gateway.fhir.validate.profiles import Profiles

__all__ = ["Profiles", "check", "validate"]


def validate(
    resource: Resource,
    *,
    type: str | None = None,  # noqa: A002
    invariants: bool = True,
    profiles: Profiles | None = None,
    claimed: Iterable[str] = (),
) -> list[Issue]:
    """All issues of `resource`, in the order of its elements; an empty list if it is valid.

    `type` is the type it has to be. Invariants are looked at once all else is right, and once the structure is, those
    of `profiles` that the resource names in meta.profile or that are `claimed` for it. Expressions are FHIRPath from
    the resource: `Patient.contact[0].name`, `Observation.value.ofType(Quantity).value`, `Patient.birthDate` for
    `_birthDate` as well; an unknown element has the path it would have.
    """
    root = resource.get("resourceType")
    if not isinstance(root, str) or root not in r4.resource_types():
        root = ""
    found = elements.resource(resource)
    if invariants and not any(one.severity == "error" for one in found):
        found = found + broken(resource)
    if profiles is not None and not any(one.severity == "error" and one.code == "structure" for one in found):
        said = {(one.path, one.code) for one in found}
        found = found + [one for one in profiles.findings(resource, claimed) if (one.path, one.code) not in said]
    issues = [Issue(one.severity, one.code, one.text, root + one.path) for one in found]
    if type is not None and root and root != type:
        issues.insert(0, Issue("error", "invalid", f"expected a {type}, found a {root}", root))
    return issues


def check(resource: Resource, *, profiles: Profiles | None = None) -> None:
    """Raises Invalid with all issues if any of them is an error."""
    issues = validate(resource, profiles=profiles)
    if any(issue.severity in ("fatal", "error") for issue in issues):
        raise Invalid("The resource is not valid FHIR R4.", issues=issues)
