"""Against fhir.resources, an independent reading of the definitions: it is laxer, so what it refuses we refuse too."""

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import validate

PATIENT: Resource = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"versionId": "1", "lastUpdated": "2020-01-01T00:00:00.000Z", "tag": [{"code": "t"}]},
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Clinic"}],
    "extension": [{"url": "http://x.org/e", "valueQuantity": {"value": Decimal("1.50"), "unit": "g"}}],
    "identifier": [{"system": "urn:oid:1.2.3", "value": "1", "period": {"start": "2020", "end": "2021-01-01"}}],
    "active": True,
    "name": [{"use": "official", "family": "山田", "given": ["A", "B"], "_given": [None, {"id": "x"}]}],
    "telecom": [{"system": "phone", "value": "1", "rank": 1}],
    "gender": "female",
    "birthDate": "1970-02",
    "deceasedBoolean": False,
    "address": [{"line": ["1 Street"], "city": "X"}],
    "contact": [{"name": {"text": "x"}, "gender": "male"}],
    "managingOrganization": {"reference": "#o"},
    "link": [{"other": {"reference": "Patient/2"}, "type": "seealso"}],
}
OBSERVATION: Resource = {
    "resourceType": "Observation",
    "status": "final",
    "category": [{"coding": [{"system": "http://x.org", "code": "vital-signs"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9", "userSelected": True}], "text": "BP"},
    "subject": {"reference": "Patient/1", "display": "x"},
    "effectiveDateTime": "2020-01-31T09:30:00+01:00",
    "issued": "2020-01-31T09:30:00.123Z",
    "performer": [{"identifier": {"value": "1"}}],
    "referenceRange": [{"low": {"value": 1}, "text": "x"}],
    "component": [
        {"code": {"text": "systolic"}, "valueQuantity": {"value": Decimal("120.0"), "unit": "mmHg"}},
        {"code": {"text": "diastolic"}, "dataAbsentReason": {"text": "x"}},
    ],
}
Place = tuple[str | int, ...]


def places(node: Any, at: Place = ()) -> Iterator[Place]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from places(child, (*at, key))


TEXTS = ["", " ", "x", "2020-13-01", "2020-01-01T00:00:00", "#nobody", "a\x00b"]
SHAPES: list[Any] = [[], {}, [None], ["x"], [[1]], {"x": 1}, {"id": "x"}, [{}], {"resourceType": "Patient"}]
JUNK = st.sampled_from([None, True, 0, -1, 2**40, Decimal("1.5"), *TEXTS, *SHAPES])


@st.composite
def damaged(draw: st.DrawFn) -> Resource:
    """A sound resource with one to three places deleted, renamed, wrapped or overwritten."""
    resource: Resource = copy.deepcopy(draw(st.sampled_from([PATIENT, OBSERVATION])))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(list(places(resource))[1:]))
        parent: Any = resource
        for key in place[:-1]:
            parent = parent[key]
        value = parent.pop(place[-1])
        match draw(st.sampled_from(["delete", "rename", "wrap", "overwrite"])):
            case "rename" if isinstance(parent, dict):
                parent[draw(st.sampled_from(["x", "value", f"_{place[-1]}", "valueString", "name"]))] = value
            case "wrap":
                put(parent, place[-1], [value])
            case "overwrite":
                put(parent, place[-1], draw(JUNK))
    return resource


def put(parent: Any, key: str | int, value: Any) -> None:
    if isinstance(parent, dict):
        parent[key] = copy.deepcopy(value)
    else:
        parent.insert(key, copy.deepcopy(value))


def oracle_refuses(resource: Resource) -> bool:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(copy.deepcopy(resource))
    except (ValidationError, LookupError, TypeError, ValueError, AttributeError):
        return True
    return False


@pytest.mark.parametrize("resource", [PATIENT, OBSERVATION])
def test_the_undamaged_resources_are_accepted_by_both(resource: Resource) -> None:
    assert validate(resource) == []
    assert not oracle_refuses(resource)


@given(damaged())
def test_what_the_oracle_refuses_is_refused(resource: Resource) -> None:
    assume(oracle_refuses(resource))
    assert any(issue.severity == "error" for issue in validate(resource)), resource


@given(damaged())
def test_every_issue_has_a_path_from_the_resource(resource: Resource) -> None:
    for issue in validate(resource):
        assert issue.expression == "" or issue.expression.partition(".")[0] in r4.resource_types()
        assert "\x00" not in issue.expression and len(issue.text) < 1000
