"""Validate resources against R4 and its profiles (https://hl7.org/fhir/R4/validation.html).

    findings -> primitives, narrative, bindings, targets, slots, contexts -> shape, extensions
             -> bundle_references -> bundles -> native -> elements, invariants -> profiles -> validate

`elements` compiles the definitions to checks of structure, cardinality, types and formats, choices, required bindings,
reference targets and contained resources. `invariants` evaluates the FHIRPath rules of resources without such errors.
`profiles` adds the rules of the profiles that a resource claims, if their definitions are known. What is checked and
what is not: docs/reference/validation.md.
"""

from collections.abc import Iterable
from typing import Literal

from gateway.errors import Invalid, Issue
from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import elements
from gateway.fhir.validate.invariants import broken
from gateway.fhir.validate.primitives import CHECKS
from gateway.fhir.validate.profiles import Profiles

__all__ = ["Profiles", "Strictness", "check", "validate"]

Strictness = Literal["strict", "lenient"]


def validate(
    resource: Resource,
    *,
    type: str | None = None,  # noqa: A002
    invariants: bool = True,
    profiles: Profiles | None = None,
    claimed: Iterable[str] = (),
) -> list[Issue]:
    """Return all issues of `resource` in the order of its elements, [] if it is valid.

    type: the type that the resource must have, None for any.
    invariants: whether to check invariants. They are checked only if there is no other error.
    profiles: the known profiles. Those that the resource names in meta.profile, or that are `claimed` for it, are
        checked unless there is an error in its structure.

    The expressions of issues are FHIRPath from the resource: `Patient.contact[0].name`,
    `Observation.value.ofType(Quantity).value`, `Patient.birthDate` for `_birthDate` too. An unknown element has the
    path that it would have.
    """
    root = resource.get("resourceType")
    if not isinstance(root, str) or root not in r4.resource_types():
        root = ""
    found = elements.resource(resource)
    if invariants and not any(issue.severity == "error" for issue in found):
        found = found + broken(resource)
    if profiles is not None and not any(issue.severity == "error" and issue.code == "structure" for issue in found):
        # A profile repeats many rules of R4: what R4 has reported already is not reported again.
        reported = {(issue.path, issue.code) for issue in found if issue.severity == "error"}
        of_profiles = profiles.findings(resource, claimed)
        found = found + [issue for issue in of_profiles if (issue.path, issue.code) not in reported]
    elif profiles is not None:
        found = [*found, *profiles.unknown(claimed)]
    issues = [Issue(issue.severity, issue.code, issue.text, root + issue.path) for issue in found]
    if type is not None and root and root != type:
        issues.insert(0, Issue("error", "invalid", f"expected a {type}, found a {root}", root))
    return issues


def check(resource: Resource, *, strictness: Strictness = "strict", profiles: Profiles | None = None) -> list[Issue]:
    """Return the issues of a resource that may be stored. Raises Invalid with all issues if it may not.

    strict: a resource with an error may not be stored.
    lenient: only a resource that the gateway cannot hold may not: its type must be one of R4, its id (if any) an id,
        and its meta an object.
    """
    issues = validate(resource, profiles=profiles)
    wrong = any(issue.severity in ("fatal", "error") for issue in issues)
    if wrong and (strictness == "strict" or not _can_be_held(resource)):
        raise Invalid("The resource is not valid FHIR R4.", issues=issues)
    return issues


def _can_be_held(resource: Resource) -> bool:
    type_, meta = resource.get("resourceType"), resource.get("meta", {})
    held = isinstance(type_, str) and type_ in r4.resource_types() and isinstance(meta, dict)
    return held and ("id" not in resource or not CHECKS["id"](resource["id"]))
