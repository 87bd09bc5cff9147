"""Which resources say that they are only a part."""

from typing import Any

import pytest

from gateway.fhir.subsetted import is_subsetted

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
TAG = {"system": SYSTEM, "code": "SUBSETTED"}


@pytest.mark.parametrize("tags", [[TAG], [{"code": "other"}, {**TAG, "display": "part"}]])
def test_the_tag_makes_a_resource_a_part(tags: list[Any]) -> None:
    assert is_subsetted({"resourceType": "Patient", "meta": {"tag": tags}})


@pytest.mark.parametrize(
    "meta",
    [
        None,
        "SUBSETTED",
        {},
        {"tag": None},
        {"tag": TAG},
        {"tag": ["SUBSETTED", {"code": "SUBSETTED"}, {"system": "http://a.example", "code": "SUBSETTED"}]},
        {"security": [TAG]},
    ],
)
def test_anything_else_does_not(meta: Any) -> None:
    assert not is_subsetted({"resourceType": "Patient", "meta": meta})
    assert not is_subsetted({"resourceType": "Bundle", "entry": [{"resource": {"meta": {"tag": [TAG]}}}]})
