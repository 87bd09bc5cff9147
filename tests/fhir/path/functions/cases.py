"""Evaluate an expression on a patient, for the tests of the functions."""

from typing import Any

from gateway.fhir import path

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "birthDate": "1974-12-25",
    "_birthDate": {"extension": [{"url": "http://example.org/time", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
    "name": [
        {"use": "official", "family": "Chalmers", "given": ["Peter", "James"]},
        {"use": "usual", "given": ["Jim"]},
    ],
    "managingOrganization": {"reference": "Organization/o"},
    "contact": [{"name": {"family": "du Marché", "_family": {"extension": [{"url": "u", "valueString": "VV"}]}}}],
}


def values(expression: str, **environment: Any) -> list[Any]:
    return path.compile(expression)(PATIENT, **environment)


def typed(expression: str) -> list[tuple[str, Any]]:
    return path.compile(expression).typed(PATIENT)
