"""SMART on FHIR's fhirclient, whose models are strict about what a server answers: https://github.com/smart-on-fhir/client-py"""

from typing import Any

import pytest
from fhirclient import client as smart
from fhirclient.models.bundle import Bundle
from fhirclient.models.capabilitystatement import CapabilityStatement
from fhirclient.models.encounter import Encounter
from fhirclient.models.fhirsearch import FHIRSearch
from fhirclient.models.observation import Observation
from fhirclient.models.operationoutcome import OperationOutcome
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException, FHIRServer
from requests import HTTPError

Person = dict[str, Any]


@pytest.fixture
def remote(server: str) -> FHIRServer:
    opened = smart.FHIRClient(settings={"app_id": "tests", "api_base": server})
    assert opened.prepare() and opened.ready
    return opened.server


def _created(remote: FHIRServer, person: Person) -> Patient:
    return Patient(Patient({**person, "resourceType": "Patient"}).create(remote))


def _readings(remote: FHIRServer, patient: Patient, count: int) -> list[Observation]:
    written = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": patient.relativePath()},
    }
    days = [f"2026-01-0{day + 1}" for day in range(count)]
    return [Observation(Observation({**written, "effectiveDateTime": day}).create(remote)) for day in days]


def test_the_capability_statement_is_one(remote: FHIRServer) -> None:
    stated = remote.capabilityStatement
    assert isinstance(stated, CapabilityStatement) and stated.fhirVersion == "4.0.1"
    types = {one.type: one for one in stated.rest[0].resource}
    assert {"create", "read", "vread", "update", "patch", "delete", "search-type", "history-instance"} <= {
        one.code for one in types["Patient"].interaction
    }


def test_the_life_of_a_resource(remote: FHIRServer, person: Person) -> None:
    made = _created(remote, person)
    read = Patient.read(made.id, remote)
    assert (read.name[0].given, read.birthDate.isostring, read.meta.versionId) == (["Eva"], "1980-03-01", "1")
    read.active = True
    updated = Patient(read.update())
    assert (updated.meta.versionId, updated.active) == ("2", True)
    assert OperationOutcome(read.delete(remote)).issue[0].severity == "information"
    with pytest.raises(HTTPError, match="410"):
        Patient.read(made.id, remote)
    with pytest.raises(FHIRNotFoundException):
        Patient.read("nobody-has-this-id", remote)


def test_patch_and_vread(remote: FHIRServer, person: Person) -> None:
    made = _created(remote, person)
    url = remote.base_uri + made.relativePath()
    change = [{"op": "add", "path": "/gender", "value": "female"}]
    answer = remote.session.patch(url, json=change, headers={"Content-Type": "application/json-patch+json"})
    assert answer.status_code == 200 and Patient(answer.json()).gender == "female"
    assert Patient.read_from(f"{made.relativePath()}/_history/1", remote).gender is None
    history = Bundle.read_from(f"{made.relativePath()}/_history", remote)
    assert [entry.resource.meta.versionId for entry in history.entry] == ["2", "1"]


def test_what_is_not_valid_is_refused_with_the_element(remote: FHIRServer, person: Person) -> None:
    with pytest.raises(HTTPError) as raised:
        _created(remote, {**person, "gender": "unknowable"})
    told = OperationOutcome(raised.value.response.json())
    assert told.issue[0].severity == "error" and told.issue[0].expression == ["Patient.gender"]


def test_search_by_struct(remote: FHIRServer, person: Person, mark: str) -> None:
    made = _created(remote, person)
    for struct in (
        {"identifier": f"urn:test|{mark}"},
        {"family": {"$exact": f"Muster{mark}"}},
        {"name": mark, "birthdate": {"$and": ["ge1980", "lt1981"]}} | {"name": f"muster{mark}"},
        {"identifier": {"$or": [mark, "nobody"]}, "gender": {"$missing": "true"}},
    ):
        found = list(Patient.where(struct).perform_resources_iter(remote))
        assert [one.id for one in found] == [made.id], struct
    assert list(Patient.where({"identifier": "nobody"}).perform_resources_iter(remote)) == []


def test_search_through_references(remote: FHIRServer, person: Person, mark: str) -> None:
    patient = _created(remote, person)
    made = _readings(remote, patient, 2)
    chained = Observation.where({"subject": {"$type": "Patient", "identifier": mark}, "code": "8867-4"})
    assert {one.id for one in chained.perform_resources_iter(remote)} == {one.id for one in made}
    both = FHIRSearch(Patient, {"identifier": mark}).include("subject", Observation, reverse=True)
    kinds = sorted(one.resource_type for one in both.perform_resources_iter(remote))
    assert kinds == ["Observation", "Observation", "Patient"]


def test_pages(remote: FHIRServer, person: Person) -> None:
    patient = _created(remote, person)
    made = _readings(remote, patient, 5)
    searched = Observation.where({"patient": patient.id, "_count": "2", "_sort": "date"})
    assert [len(bundle.entry) for bundle in searched.perform_iter(remote)] == [2, 2, 1]
    assert [one.id for one in searched.perform_resources_iter(remote)] == [one.id for one in made]
    assert next(searched.perform_iter(remote)).type == "searchset"


@pytest.mark.filterwarnings("ignore:perform_resources")
def test_all_at_once(remote: FHIRServer, person: Person) -> None:
    patient = _created(remote, person)
    _readings(remote, patient, 3)
    assert len(Observation.where({"patient": patient.id, "_count": "2"}).perform_resources(remote)) == 3


def test_references_are_resolved(remote: FHIRServer, person: Person) -> None:
    patient = _created(remote, person)
    [made] = _readings(remote, patient, 1)
    read = Observation.read(made.id, remote)
    assert read.subject.resolved(Patient).id == patient.id
    bundle = Bundle.read_from(f"Observation?_id={made.id}&_include=Observation:subject", remote)
    requests = remote.session.request
    remote.session.request = None  # the Patient is in the Bundle
    try:
        assert bundle.entry[0].resource.subject.resolved(Patient).id == patient.id
    finally:
        remote.session.request = requests


def test_a_transaction_to_the_root(remote: FHIRServer, person: Person, mark: str) -> None:
    name = f"urn:uuid:5a0c6be0-0000-4000-8000-{mark}"
    visit = {
        "resourceType": "Encounter",
        "status": "planned",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": name},
    }
    entries = [
        {
            "fullUrl": name,
            "resource": {"resourceType": "Patient", **person},
            "request": {"method": "POST", "url": "Patient"},
        },
        {"resource": visit, "request": {"method": "POST", "url": "Encounter"}},
    ]
    answer = Bundle(Bundle({"resourceType": "Bundle", "type": "transaction", "entry": entries}).create(remote))
    assert [entry.response.status[:3] for entry in answer.entry] == ["201", "201"]
    [found] = Encounter.where({"patient.identifier": mark}).perform_resources_iter(remote)
    assert found.subject.resolved(Patient).identifier[0].value == mark


def test_operations(remote: FHIRServer, person: Person) -> None:
    good = remote.post_json("Patient/$validate", {"resourceType": "Patient", **person})
    assert [issue.severity for issue in OperationOutcome(good.json()).issue if issue.severity == "error"] == []
    bad = remote.post_json("Patient/$validate", {"resourceType": "Patient", "gender": "unknowable"})
    assert OperationOutcome(bad.json()).issue[0].severity == "error"
