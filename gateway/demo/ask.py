"""Ask our gateway as a strict client does: a question across resources, and all about one patient, in XML."""

from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx

from gateway.demo.processes import DemoFailed, Site

HIGH_PRESSURE = {
    "_has:Observation:patient:combo-code-value-quantity": (
        "http://loinc.org|8480-6$gt140|http://unitsofmeasure.org|mm[Hg]"
    )
}
"""The search parameter that finds patients with a systolic pressure above 140 mm[Hg], alone or in a panel."""

_FHIR = "{http://hl7.org/fhir}"


@dataclass(frozen=True)
class Answers:
    """The answers to `ask`.

    high_pressure: the number of patients with a systolic pressure above 140 mm[Hg].
    patient: the id of one of them; "" if there is none.
    record: the number of resources in the record of this patient.
    """

    high_pressure: int = 0
    patient: str = ""
    record: int = 0


async def ask(site: Site) -> Answers:
    """Search for patients with a high pressure and read the record of one. Raises DemoFailed."""
    async with httpx.AsyncClient(base_url=site.url, timeout=30) as http:
        query = urlencode({**HIGH_PRESSURE, "_total": "accurate", "_count": "1"})
        patients = (await http.get(f"/fhir/Patient?{query}")).json()
        if not patients.get("entry"):
            return Answers()
        patient = patients["entry"][0]["resource"]["id"]
        answer = await http.get(f"/fhir/Patient/{patient}/$everything", headers={"Accept": "application/fhir+xml"})
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"the record of a patient was answered with {answer.status_code}")
        return Answers(patients["total"], patient, count_entries(answer.content))


def count_entries(bundle: bytes) -> int:
    """Return the number of entries of a Bundle in XML. Only for answers of our gateway: the parser is not hardened."""
    return len(ElementTree.fromstring(bundle).findall(f"{_FHIR}entry"))
