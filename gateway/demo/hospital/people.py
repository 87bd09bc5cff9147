"""Synthetic patients: who they are, what ails them, and the Patient resource that says so (but not all of it)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from gateway.demo.hospital.names import CULTURES, Culture, Name
from gateway.demo.hospital.physiology import Body, body
from gateway.fhir.fhir_json import Resource

_REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
DISEASES = (("kidney",), ("liver",), ("diabetes",), ("kidney", "diabetes"), (), (), (), (), ())


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """A synthetic person.

    died: the hour of death, None for the living.
    stay: "declining" and "recovering" are in hospital now, "past" were once, "none" never.
    """

    site: str
    number: int
    culture: Culture
    sex: str
    birth: date
    died: datetime | None
    stay: str
    body: Body

    @property
    def mrn(self) -> str:
        """Return the medical record number."""
        return f"{self.site[:1].upper()}{self.number:06d}"

    @property
    def mrn_system(self) -> str:
        """Return the system of the hospital's record numbers."""
        return f"https://{self.site}.example/fhir/mrn"

    @property
    def urn(self) -> str:
        """Return the address of the patient inside a Bundle: the same in each."""
        return uuid5(NAMESPACE_URL, f"{self.mrn_system}/{self.mrn}").urn


def person(random: Random, site: str, number: int, now: datetime) -> SyntheticPerson:
    """Draw a person; `number` counts those of the site from 1."""
    sex = random.choice(("female", "male"))
    age = random.choice((random.randint(1, 17), *(random.randint(18, 95) for _ in range(11))))
    birth = now.date() - timedelta(days=int(age * 365.25) + random.randrange(365))
    stay = random.choices(("declining", "recovering", "past", "none"), (6, 8, 12, 74))[0]
    died = (
        now - timedelta(days=random.randint(20, 200)) if stay in ("past", "none") and random.random() < 0.06 else None
    )
    made = body(random, sex, age, random.choice(DISEASES) if age > 30 else (), now - timedelta(days=730))
    return SyntheticPerson(site, number, random.choice(CULTURES), sex, birth, died, stay, made)


def patient(random: Random, who: SyntheticPerson) -> Resource:
    """Return the Patient resource. It is drawn after the person, so that its details do not change the physiology."""
    made: Resource = {
        "resourceType": "Patient",
        "identifier": _identifiers(random, who),
        "active": True,
        "name": _names(random, who),
        "telecom": _telecom(random, who),
        "gender": random.choices((who.sex, "other", "unknown"), (96, 2, 2))[0],
        **_birth(random, who.birth),
    }
    if who.died:
        made |= {"deceasedDateTime": who.died.isoformat()} if random.random() < 0.7 else {"deceasedBoolean": True}
    made["address"] = [_address(random, who.culture)]
    made["communication"] = [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": who.culture.language}]}}]
    return made


def _identifiers(random: Random, who: SyntheticPerson) -> list[dict[str, Any]]:
    mrn = {"use": "official", "type": _type("MR"), "system": who.mrn_system, "value": who.mrn}
    number = f"{who.birth:%y%m%d}{random.randrange(10**5):05d}"
    national = {"type": _type("NI"), "system": f"https://{who.culture.country.lower()}.example/person", "value": number}
    return [mrn, national] if random.random() < 0.9 else [mrn]


def _type(code: str) -> dict[str, Any]:
    return {"coding": [{"system": _TYPES, "code": code}]}


def _names(random: Random, who: SyntheticPerson) -> list[dict[str, Any]]:
    culture = who.culture
    family, given = (
        random.choice(culture.families),
        random.choice(culture.women if who.sex == "female" else culture.men),
    )
    names = [_name(culture, family, given, form) for form in range(min(len(family), len(given)))]
    if random.random() < 0.08:
        before = random.choice(culture.families)
        names.append({"use": "old", "family": before[0], "given": [given[0]], "period": {"end": "2011-05"}})
    return names


def _name(culture: Culture, family: Name, given: Name, form: int) -> dict[str, Any]:
    written = {"family": family[form], "given": [given[form]]}
    if culture.second == "SYL":  # Japanese: two official names that only the extension tells apart
        code = "SYL" if form else "IDE"
        extension = [{"url": _REPRESENTATION, "valueCode": code}]
        return {"extension": extension, "use": "official", "text": f"{family[form]} {given[form]}", **written}
    if form:
        return {"extension": [{"url": _REPRESENTATION, "valueCode": culture.second}], "use": "usual", **written}
    return {"use": "official", **written}


def _telecom(random: Random, who: SyntheticPerson) -> list[dict[str, Any]]:
    phone = {"system": "phone", "value": f"{who.culture.prefix} 555 {random.randrange(10**4):04d}", "use": "mobile"}
    mail = {"system": "email", "value": f"{who.mrn.lower()}@mail.example"}
    return [phone, mail] if random.random() < 0.6 else [phone]


def _address(random: Random, culture: Culture) -> dict[str, Any]:
    town, postcode = random.choice(culture.towns)
    return {
        "use": "home",
        "line": [f"{random.randint(1, 240)}", "c/o 2"][: random.randint(1, 2)],
        "city": town,
        "postalCode": postcode,
        "country": culture.country,
    }


def _birth(random: Random, birth: date) -> dict[str, Any]:
    """Most birth dates are days; some months, some years, a few are not known."""
    precision = random.choices((10, 7, 4, 0), (88, 5, 5, 2))[0]
    if precision:
        return {"birthDate": birth.isoformat()[:precision]}
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    return {"_birthDate": {"extension": [absent]}}
