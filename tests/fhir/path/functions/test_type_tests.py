"""Types (https://hl7.org/fhirpath/N1/#types)."""

from typing import Any

import pytest

from gateway.fhir.path.errors import PathError
from tests.fhir.path.functions.cases import values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("is(Patient)", [True]),
        ("is(FHIR.DomainResource)", [True]),
        ("is(Observation)", [False]),
        ("{}.is(Patient)", []),
        ("as(Patient).id", ["p"]),
        ("as(Observation)", []),
        ("name.use.first().is(code)", [True]),
        ("name.use.first().is(string)", [True]),
        ("name.use.ofType(code)", ["official", "usual"]),
        ("name.use.ofType(string)", []),
        ("(1 | 'a' | 2).ofType(Integer)", [1, 2]),
        ("type()", [{"namespace": "FHIR", "name": "Patient"}]),
        ("contact.type()", [{"namespace": "FHIR", "name": "BackboneElement"}]),
        ("1.type()", [{"namespace": "System", "name": "Integer"}]),
    ],
)
def test_types(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("name.as(HumanName)", "one item expected, 2 found"),
        ("is(Nonsense)", "there is no type Nonsense"),
        ("ofType(1)", "the name of a type expected"),
    ],
)
def test_an_unknown_type_and_several_items_are_an_error(expression: str, reason: str) -> None:
    with pytest.raises(PathError, match=reason):
        values(expression)
