"""Decide whether a result is certainly not that of an adult human, to whom alone the limits apply.

Only the resource itself is asked: an Observation that merely refers to its patient does not tell the age.
"""

from typing import Any

from gateway.fhir.dates import period
from gateway.fhir.references import parse_reference

ADULT = 18
"""Years. The sources of the limits are about adults; only NEWS2 begins at 16."""
ANIMAL = "http://hl7.org/fhir/StructureDefinition/patient-animal"
_NOT_A_PATIENT = ("Group", "Device", "Location")
_TIMES = ("effectiveDateTime", "effectiveInstant", "issued")


def excluded(observation: dict[str, Any]) -> bool:
    """Return whether the value is certainly not that of an adult human.

    That is so if the value is about somebody or something other than the patient (`focus`), or if the subject is a
    group, a device, a location, an animal, or a contained Patient who was below 18 at the time.
    """
    if observation.get("focus"):
        return True
    subject = observation.get("subject")
    if subject.__class__ is not dict:
        return False
    reference, type_ = subject.get("reference"), subject.get("type")
    if reference.__class__ is not str:
        return type_ in _NOT_A_PATIENT
    if reference.startswith("#"):
        return _contained(observation, reference[1:])
    literal = parse_reference(reference)
    return (literal.type if literal else type_) in _NOT_A_PATIENT


def _contained(observation: dict[str, Any], id_: str) -> bool:
    resources = observation.get("contained")
    for resource in resources if resources.__class__ is list else ():
        if resource.__class__ is dict and resource.get("id") == id_:
            return resource.get("resourceType") in _NOT_A_PATIENT or _animal(resource) or _minor(resource, observation)
    return False


def _animal(patient: dict[str, Any]) -> bool:
    extensions = patient.get("extension")
    return extensions.__class__ is list and any(
        extension.__class__ is dict and extension.get("url") == ANIMAL for extension in extensions
    )


def _minor(patient: dict[str, Any], observation: dict[str, Any]) -> bool:
    """Return whether the patient was certainly below 18; a birth date that is only a year leaves two ages open."""
    born, measured = patient.get("birthDate"), _measured(observation)
    if born.__class__ is not str or measured is None:
        return False
    try:
        period(born)
        year, *rest = born.split("-")
        birthday = "-".join((f"{int(year) + ADULT:04}", *rest)).replace("-02-29", "-03-01")
        return period(measured)[1] < period(birthday)[0]
    except ValueError:
        return False


def _measured(observation: dict[str, Any]) -> str | None:
    times = [observation.get(name) for name in _TIMES]
    during = observation.get("effectivePeriod")
    if during.__class__ is dict:
        times.insert(0, during.get("end") or during.get("start"))
    return next((time for time in times if time.__class__ is str), None)
