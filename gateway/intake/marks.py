"""Tell resources apart that share a UUID, as they do after somebody copied a file and edited it. Pure.

A UUID is unique in the world, so equal UUIDs mean the same resource, whatever changed in it. People are the exception:
a Patient who shares neither name nor birth date nor identifier with the one before is somebody else, and a result whose
subject is somebody else is another result.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.intake.drafts import Draft
from gateway.intake.links import Links, LinkTarget
from gateway.intake.names import Name, digest

_SUBJECTS = ("subject", "patient", "beneficiary")


def person(patient: Resource) -> tuple[str, ...]:
    """Return digests of all that identifies the Patient; Patients without a common digest are different persons."""
    return tuple(sorted({digest(mark) for mark in _person(patient)}))


def subject(resource: Resource, targets: Mapping[str, LinkTarget]) -> Name | None:
    """Return whom the resource is about, None unless a reference to them can be followed."""
    subjects = (targets[reference].name for reference in _subjects(resource) if reference in targets)
    return next(subjects, None)


def subject_targets(draft: Draft, links: Links) -> dict[str, LinkTarget]:
    """Return the targets of the references that `subject` follows."""
    targets = ((text, links.target(text, draft.base)) for text in _subjects(draft.resource or {}))
    return {text: target for text, target in targets if target is not None}


def _subjects(resource: Resource) -> Iterator[str]:
    for element in _SUBJECTS:
        value = resource.get(element)
        reference = value.get("reference") if isinstance(value, dict) else None
        if isinstance(reference, str):
            yield reference


def _person(patient: Resource) -> Iterator[list[str]]:
    if isinstance(patient.get("birthDate"), str):
        yield ["birthDate", patient["birthDate"]]
    for name in _objects(patient, "name"):
        family = name.get("family") or name.get("text")
        if isinstance(family, str):
            yield ["name", family.casefold().strip()]
    for identifier in _objects(patient, "identifier"):
        if isinstance(identifier.get("value"), str):
            yield ["identifier", str(identifier.get("system", "")), identifier["value"].strip()]


def _objects(resource: Resource, element: str) -> list[dict[str, Any]]:
    values = resource.get(element)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
