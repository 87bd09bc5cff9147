"""Whatever JSON comes, validation answers with issues: junk in all places of resources that use every kind of check."""

import copy
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.fhir.validate import Profiles, validate
from tests.fhir.profile_shapes import DEFINITIONS, EXAMPLE

HL7 = "http://hl7.org/fhir/StructureDefinition/"
NATIONALITY = {
    "url": HL7 + "patient-nationality",
    "extension": [{"url": "code", "valueCodeableConcept": {"text": "x"}}],
}
ABSENT = {"extension": [{"url": HL7 + "data-absent-reason", "valueCode": "unknown"}]}
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "meta": {"profile": [EXAMPLE + "needs"]},
    "extension": [NATIONALITY, {"url": EXAMPLE + "race", "extension": [{"url": "text", "valueString": "x"}]}],
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
    "identifier": [{"system": "urn:x", "value": "1"}],
    "name": [{"given": ["x", None], "_given": [None, ABSENT]}],
    "telecom": [{"system": "phone", "value": "1"}],
    "maritalStatus": {"coding": [{"system": EXAMPLE + "status", "code": "M"}]},
    "_birthDate": ABSENT,
    "link": [{"type": "seealso", "other": {"reference": "Patient/2", "type": "Patient"}}],
}
OBSERVATION = {
    "resourceType": "Observation",
    "contained": [PATIENT],
    "modifierExtension": [{"url": "urn:x", "valueBoolean": True}],
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "1-8"}]},
    "subject": {"reference": "#p"},
    "effectivePeriod": {"start": "2020", "end": "2021"},
    "component": [
        {"code": {"text": "x"}, "valueQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "g"}}
    ],
}
BUNDLE = {
    "resourceType": "Bundle",
    "type": "batch",
    "link": [{"relation": "next", "url": "x"}],
    "entry": [{"fullUrl": "urn:x", "resource": OBSERVATION, "request": {"method": "POST", "url": "Observation"}}],
}
JUNK: list[Any] = [
    None,
    1,
    True,
    "",
    "x",
    "#p",
    "Patient/1",
    [],
    {},
    [1],
    [None],
    [{}],
    {"a": 1},
    [[]],
    {"extension": 1},
]
PROFILES = Profiles(DEFINITIONS)
CLAIMED = [one["url"] for one in DEFINITIONS if "type" in one]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(holder, key) of everything in `value`."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


@given(
    some.sampled_from([PATIENT, OBSERVATION, BUNDLE]),
    some.lists(some.tuples(some.floats(0, 1), some.sampled_from(JUNK)), max_size=3),
)
def test_junk_in_any_place_is_answered_with_issues(resource: Any, changes: list[tuple[float, Any]]) -> None:
    changed = copy.deepcopy(resource)
    for where, junk in changes:
        found = list(places(changed))
        holder, key = found[int(where * (len(found) - 1))]
        holder[key] = copy.deepcopy(junk)
    claimed = [url for url in CLAIMED if isinstance(changed.get("resourceType"), str)]
    assert all(issue.text for issue in validate(changed, profiles=PROFILES, claimed=claimed))


def test_a_flood_of_findings_is_stopped() -> None:
    names = {"resourceType": "Patient", "name": [{"family": 1}] * 100_000}
    members = {"resourceType": "Patient"} | dict.fromkeys(map(str, range(100_000)), 1)
    for flood in (names, members):
        found = validate(flood)
        assert 1_000 <= len(found) < 1_100
        assert found[-1].code == "too-costly"


def test_a_name_of_megabytes_is_answered_at_once() -> None:
    """It was compared with the name of every element, in one step of tens of seconds."""
    began = time.monotonic()
    [issue] = validate({"resourceType": "Patient", "ä" * 10_000_000: 1})
    assert time.monotonic() - began < 1
    assert issue.text == f"unknown element {'ä' * 64!r} in Patient" and issue.expression == "Patient"


@pytest.mark.parametrize(
    ("data", "right"),
    [
        ("AAAA", True),
        (" AA\r\nAA\t", True),
        ("AA AA\fAAA=", True),
        ("", False),
        (" \n", False),
        ("AAA", False),
        ("AAAä", False),
        ("AAAA\u00a0", False),
    ],
)
def test_base64_may_have_blanks(data: str, right: bool) -> None:
    issues = validate({"resourceType": "Binary", "contentType": "image/png", "data": data})
    assert [issue.expression for issue in issues if issue.severity == "error"] == ([] if right else ["Binary.data"])
