"""Who is somebody else, though the UUID is the same."""

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.intake.marks import person

ANN: Resource = {
    "resourceType": "Patient",
    "birthDate": "1980-01-01",
    "name": [{"family": "Smith"}, {"family": "Jones", "use": "maiden"}],
    "identifier": [{"system": "s", "value": " 1 "}],
}


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({"name": [{"family": "JONES"}]}, True),
        ({"name": [{"family": "Married"}], "birthDate": "1980-01-01"}, True),
        ({"name": [{"family": "Married"}], "identifier": [{"system": "s", "value": "1"}]}, True),
        ({"name": [{"family": "Irvine"}], "birthDate": "1990-01-01"}, False),
        ({"identifier": [{"system": "other", "value": "1"}]}, False),
    ],
)
def test_people_who_share_nothing_are_two(other: Resource, is_same: bool) -> None:
    assert bool({*person(ANN)} & {*person(other)}) == is_same


def test_a_patient_who_says_nothing_and_one_who_is_malformed_have_no_marks() -> None:
    assert person({"resourceType": "Patient", "name": "x", "identifier": [5], "birthDate": 1980}) == ()
