"""What a strict client asks: a question across resources, and all about one patient, in XML."""

from dataclasses import dataclass
from xml.etree import ElementTree

import httpx

from gateway.demo.processes import DemoFailed, Site

HIGH = (
    "_has:Observation:patient:combo-code-value-quantity=http://loinc.org|8480-6$gt140|http://unitsofmeasure.org|mm[Hg]"
)
_FHIR = "{http://hl7.org/fhir}"


@dataclass(frozen=True)
class Answers:
    """`high`: patients of whom a systolic pressure above 140 mm[Hg] is on record; `everything`: resources in the record
    of one of them."""

    high: int = 0
    everything: int = 0


async def ask(site: Site) -> Answers:
    async with httpx.AsyncClient(base_url=site.url, timeout=30) as http:
        found = (await http.get(f"/fhir/Patient?{HIGH}&_total=accurate&_count=1")).json()
        if not found.get("entry"):
            return Answers()
        patient = found["entry"][0]["resource"]["id"]
        answer = await http.get(f"/fhir/Patient/{patient}/$everything", headers={"Accept": "application/fhir+xml"})
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"the record of a patient was answered with {answer.status_code}")
        # It is the answer of our own gateway.
        return Answers(found["total"], len(ElementTree.fromstring(answer.content).findall(f"{_FHIR}entry")))
