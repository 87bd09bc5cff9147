"""What `_summary` and `_elements` leave of a resource."""

import json
from typing import Any

import pytest

from gateway.api.reply.subset import ResourceView, subset, view
from gateway.errors import BadRequest

TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"versionId": "2", "tag": [{"code": "own"}]},
    "text": {"status": "generated", "div": "<div/>"},
    "active": True,
    "name": [{"family": "Muster"}],
    "maritalStatus": {"text": "married"},
    "photo": [{"data": "AAAA"}],
}
OBSERVATION = {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "x"}, "note": []}


def left(resource: dict[str, Any], summary: str | None, *elements: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(subset(json.dumps(resource).encode(), summary, elements))
    return body


@pytest.mark.parametrize(
    ("summary", "elements", "names"),
    [
        ("true", (), {"active", "name"}),
        ("text", (), {"text"}),
        ("data", (), {"active", "name", "maritalStatus", "photo"}),
        (None, ("name", "photo"), {"name", "photo"}),
        (None, ("Patient.name",), {"name"}),
        (None, ("nonsense",), set()),
    ],
)
def test_what_stays_of_a_patient(summary: str | None, elements: tuple[str, ...], names: set[str]) -> None:
    resource = left(PATIENT, summary, *elements)
    assert resource.keys() == {"resourceType", "id", "meta", *names}
    assert resource["meta"] == {"versionId": "2", "tag": [{"code": "own"}, TAG]}


def test_mandatory_elements_stay() -> None:
    assert left(OBSERVATION, None, "note").keys() >= {"status", "code"}
    assert left(OBSERVATION, "text").keys() == {"resourceType", "id", "meta", "status", "code"}


def test_without_a_wish_the_stored_bytes_stay_as_they_are() -> None:
    body = b'{ "resourceType": "Patient" }'
    assert subset(body, None, ()) is body


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ResourceView()),
        ({"_summary": "false"}, ResourceView()),
        ({"_summary": "true"}, ResourceView("true")),
        ({"_summary": "count"}, ResourceView(counts=True)),
        ({"_elements": "name, birthDate,"}, ResourceView(elements=("name", "birthDate"))),
        ({"other": "x"}, ResourceView()),
    ],
)
def test_the_parameters_are_read(parameters: dict[str, str], expected: ResourceView) -> None:
    assert view(parameters) == expected


def test_another_summary_is_refused() -> None:
    with pytest.raises(BadRequest, match="_summary is one of"):
        view({"_summary": "all"})
