"""Which resources are shortened."""

from typing import Any

import pytest

from gateway.fhir.subsetted import is_subsetted

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"


@pytest.mark.parametrize(
    ("meta", "result"),
    [
        ({"tag": [{"system": "x", "code": "y"}, {"system": SYSTEM, "code": "SUBSETTED"}]}, True),
        ({"tag": [{"system": SYSTEM, "code": "OTHER"}]}, False),
        ({"tag": [{"code": "SUBSETTED"}]}, False),
        ({"tag": [{"system": "http://hl7.org/fhir/v3/ObservationValue", "code": "SUBSETTED"}]}, False),
        ({"security": [{"system": SYSTEM, "code": "SUBSETTED"}]}, False),
        ({"tag": "SUBSETTED"}, False),
        ({"tag": [None]}, False),
        ([], False),
        (None, False),
    ],
)
def test_the_tag_and_its_system_decide(meta: Any, result: bool) -> None:
    assert is_subsetted({"resourceType": "Patient", "meta": meta}) == result
