"""A synthetic hospital: the same seed gives the same bytes, other sites other patients. No real person is behind it.

Patients and encounters are conditional creates by identifier, observations updates under ids the hospital chose: sent
twice, nothing doubles. Every Bundle stands alone (it repeats its patient), so they may be sent in any order, at once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from gateway.demo.hospital.observations import observation
from gateway.demo.hospital.people import SyntheticPerson, patient, person
from gateway.demo.hospital.schedule import WEIGHTS, Contact, Moment, moments
from gateway.fhir.fhir_json import Resource

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
_ENTRIES = 98


def bundles(seed: int, patients: int, observations: int, site: str, now: datetime = NOW) -> Iterator[Resource]:
    """Yield transactions of about 100 entries, with exactly so many observations. `site` is a lower-case word."""
    people = [person(Random(f"{seed}/{site}/{n}"), site, n, now) for n in range(1, patients + 1)]
    for who, quota in zip(people, _quotas(people, observations), strict=True):
        yield from _of_patient(Random(f"{seed}/{site}/{who.number}/record"), who, quota, now)


def _quotas(people: list[SyntheticPerson], observations: int) -> list[int]:
    """Return the observations of each person, by weight; they add up exactly."""
    sums = list(accumulate((WEIGHTS[who.stay] for who in people), initial=0.0))
    marks = [round(observations * each / (sums[-1] or 1)) for each in sums]
    return [after - before for before, after in pairwise(marks)]


def _of_patient(random: Random, who: SyntheticPerson, quota: int, now: datetime) -> Iterator[Resource]:
    record = patient(random, who)
    first = _create(record, who.urn, f"{who.mrn_system}|{who.mrn}")
    entries, seen = [first], set[int]()
    for moment in moments(random, who, quota, now):
        if len(entries) + len(moment.measured) > _ENTRIES:
            yield _bundle(entries)
            entries, seen = [first], set()
        if moment.contact.number not in seen:
            seen.add(moment.contact.number)
            entries.append(_encounter(who, moment.contact))
        entries += _results(random, who, moment)
    yield _bundle(entries)


def _results(random: Random, who: SyntheticPerson, moment: Moment) -> list[dict[str, Any]]:
    urn = _encounter_urn(who, moment.contact)
    made = [observation(random, who, moment, name, urn) for name in moment.measured]
    base = f"https://{who.site}.example/fhir"
    return [
        {
            "fullUrl": f"{base}/Observation/{each['id']}",
            "resource": each,
            "request": {"method": "PUT", "url": f"Observation/{each['id']}"},
        }
        for each in made
    ]


def _encounter(who: SyntheticPerson, contact: Contact) -> dict[str, Any]:
    period = {"start": contact.start.isoformat()} | ({"end": contact.end.isoformat()} if contact.end else {})
    kind = ("IMP", "inpatient encounter") if contact.inpatient else ("AMB", "ambulatory")
    system, number = f"https://{who.site}.example/fhir/visit", f"{who.mrn}-{contact.start:%y%m%d%H%M}"
    made: Resource = {
        "resourceType": "Encounter",
        "identifier": [{"system": system, "value": number}],
        "status": "finished" if contact.end else "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind[0], "display": kind[1]},
        "subject": {"reference": who.urn},
        "period": period,
    }
    return _create(made, _encounter_urn(who, contact), f"{system}|{number}")


def _encounter_urn(who: SyntheticPerson, contact: Contact) -> str:
    return uuid5(NAMESPACE_URL, f"{who.urn}/{contact.start.isoformat()}").urn


def _create(resource: Resource, urn: str, identifier: str) -> dict[str, Any]:
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": f"identifier={identifier}"}
    return {"fullUrl": urn, "resource": resource, "request": request}


def _bundle(entries: list[dict[str, Any]]) -> Resource:
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}
