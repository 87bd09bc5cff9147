"""Is this JSON object a valid R4 resource? (https://hl7.org/fhir/R4/validation.html)

    findings -> primitives, narrative, bindings, targets, slots, contexts -> shape, extensions
             -> bundle_references -> bundles -> native -> elements, invariants -> profiles -> validate

`elements` compiles the definitions to checks of structure, cardinality, types and formats, choices, required bindings,
reference targets and contained resources; `invariants` evaluates the FHIRPath rules of what is structurally sound.
`profiles` adds what a resource's profiles ask, where their definitions are given. What is looked at and what is not:
docs/reference/validation.md.
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
        said = {(one.path, one.code) for one in found if one.severity == "error"}
        found = found + [one for one in profiles.findings(resource, claimed) if (one.path, one.code) not in said]
    elif profiles is not None:
        found = [*found, *profiles.unknown(claimed)]
    issues = [Issue(one.severity, one.code, one.text, root + one.path) for one in found]
    if type is not None and root and root != type:
        issues.insert(0, Issue("error", "invalid", f"expected a {type}, found a {root}", root))
    return issues


def check(resource: Resource, *, strictness: Strictness = "strict", profiles: Profiles | None = None) -> list[Issue]:
    """The issues of a resource that may be stored, for those who record them; else raises Invalid with all of them.

    `strict`: no issue may be an error. `lenient`: errors are recorded like the rest, as long as the gateway can hold
    the resource at all: its type is one of R4, its id, if it has one, an id, and its meta an object.
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
