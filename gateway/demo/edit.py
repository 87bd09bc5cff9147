"""An application edits an internal document; the partner is to read it in FHIR."""

import httpx

from gateway.demo.processes import DemoFailed, Site

ADDRESS = "seen.by.the.application@northgate.example"


async def edit(ours: Site) -> None:
    """Adds an e-mail address to the first patient's document, as docs/how-to/edit-documents.md has it; nothing
    without patients."""
    async with httpx.AsyncClient(base_url=ours.url, timeout=30) as http:
        found = (await http.get("/internal/patients?limit=1")).json()["patients"]
        if not found:
            return
        path = f"/internal/patients/{found[0]['_id']}"
        current = await http.get(path)
        contacts = [*current.json().get("contacts", ()), {"system": "email", "value": ADDRESS, "use": "home"}]
        headers = {"Content-Type": "application/merge-patch+json", "If-Match": current.headers["ETag"]}
        answer = await http.patch(path, json={"contacts": contacts}, headers=headers)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"the edit of a patient's document was answered with {answer.status_code}")


async def seen(partner: Site) -> int:
    """How many patients of the partner have the address."""
    async with httpx.AsyncClient(base_url=partner.url, timeout=30) as http:
        answer = await http.get(f"/fhir/Patient?email={ADDRESS}&_total=accurate&_count=0")
        return int(answer.json()["total"])
