"""Small resources and Bundles that the tests of the import build their files from."""

from typing import Any

from gateway.fhir.fhir_json import Resource

PATIENT: Resource = {"resourceType": "Patient", "id": "1", "name": [{"family": "Ann"}]}
COMPOSITION: Resource = {
    "resourceType": "Composition",
    "status": "final",
    "type": {"text": "report"},
    "date": "2024-05-01",
    "author": [{"display": "Lab"}],
    "title": "Result",
}


def observation(subject: str, value: str = "v", **more: Any) -> Resource:
    fixed = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    return {**fixed, "subject": {"reference": subject}, "valueString": value, **more}


def entry(full_url: str, resource: Resource | None = None, **more: Any) -> dict[str, Any]:
    return {"fullUrl": full_url} | ({"resource": resource} if resource else {}) | more


def bundle(type_: str, *entries: dict[str, Any], **more: Any) -> Resource:
    return {"resourceType": "Bundle", "type": type_, **more, "entry": list(entries)}


def version(family: str, number: int, method: str = "PUT", *, base: str = "http://h.example/fhir") -> dict[str, Any]:
    """One entry of a history of Patient/h, with the stamps that servers give."""
    at = f"2024-01-{number:02}T00:00:00Z"
    resource = {
        "resourceType": "Patient",
        "id": "h",
        "meta": {"versionId": str(number), "lastUpdated": at},
        "name": [{"family": family}],
    }
    told = {"request": {"method": method, "url": "Patient/h"}, "response": {"status": "200", "lastModified": at}}
    return entry(f"{base}/Patient/h", None if method == "DELETE" else resource, **told)
