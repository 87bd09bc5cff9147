"""Edit an internal document as an application does, and look for the edit at the partner, which reads FHIR."""

import httpx

from gateway.demo.processes import DemoFailed, Site

ADDRESS = "seen.by.the.application@northgate.example"
"""The e-mail address that the edit adds, and that nobody else has."""


async def edit_document(ours: Site) -> None:
    """Add an e-mail address to the document of the first patient, as docs/how-to/edit-documents.md shows it.

    Do nothing if there are no patients. Raises DemoFailed if the edit is refused.
    """
    async with httpx.AsyncClient(base_url=ours.url, timeout=30) as http:
        patients = (await http.get("/internal/patients?limit=1")).json()["patients"]
        if not patients:
            return
        path = f"/internal/patients/{patients[0]['_id']}"
        current = await http.get(path)
        contacts = [*current.json().get("contacts", ()), {"system": "email", "value": ADDRESS, "use": "home"}]
        headers = {"Content-Type": "application/merge-patch+json", "If-Match": current.headers["ETag"]}
        answer = await http.patch(path, json={"contacts": contacts}, headers=headers)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"the edit of a patient's document was answered with {answer.status_code}")


async def count_edits(partner: Site) -> int:
    """Return how many patients of the partner have the address."""
    async with httpx.AsyncClient(base_url=partner.url, timeout=30) as http:
        answer = await http.get(f"/fhir/Patient?email={ADDRESS}&_total=accurate&_count=0")
        return int(answer.json()["total"])
