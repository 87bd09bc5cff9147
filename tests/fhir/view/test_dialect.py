"""Where SQL on FHIR differs from FHIRPath."""

import pytest

from gateway.fhir import path
from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.view.dialect import adjusted

PATIENT = {"resourceType": "Patient", "id": "p", "name": [{"family": "A"}]}


def in_a_view(expression: str) -> list[object]:
    nodes = compiled(adjusted(parse(expression)))(Scope(("Patient", PATIENT, None)))
    return [node[1] for node in nodes]


@pytest.mark.parametrize(
    "expression",
    ["name.given.join(',')", "(name.given.join(','))", "name.select(given.join(','))", "{}.join()"],
)
def test_a_join_of_nothing_is_empty_text_in_a_view(expression: str) -> None:
    assert in_a_view(expression) == [""]
    assert path.compile(expression)(PATIENT) == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("-1 + name.given.join(',').length()", [-1]),
        ("name.given.join(',') = ''", [True]),
        ("name[name.given.join(',').length()].family", ["A"]),
        ("name.given.join(',').exists() is Boolean", [True]),
        ("iif(name.given.join(',') = '', name.family, id)", ["A"]),
        ("name.family.join(',')", ["A"]),
    ],
)
def test_a_join_anywhere_in_an_expression_is_adjusted(expression: str, expected: list[object]) -> None:
    assert in_a_view(expression) == expected


@pytest.mark.parametrize("expression", ["name.where(family = 'A')[0].family", "1 | -2", "%a is Integer", "{}", "$this"])
def test_all_else_stays_as_it_is(expression: str) -> None:
    assert adjusted(parse(expression)) == parse(expression)
