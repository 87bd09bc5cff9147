"""Closures of a tree: what they return, cost, and say of an error."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import Nodes

PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p", "name": [{"family": "A"}, {"family": "B"}]}


def scope() -> Scope:
    return Scope(("Patient", PATIENT, None))


def nodes(expression: str) -> Nodes:
    return compiled(parse(expression))(scope())


def test_a_type_name_at_the_start_keeps_an_input_of_that_type() -> None:
    assert nodes("Patient.id") == nodes("Resource.id") == nodes("id") == [("id", "p", None)]
    assert nodes("Observation.id") == []


def test_a_name_that_is_no_type_is_an_element() -> None:
    assert nodes("Nonsense") == []


def test_an_index_outside_the_collection_is_empty() -> None:
    assert [node[1] for node in nodes("name[1].family")] == ["B"]
    assert nodes("name[2]") == nodes("name[-1]") == nodes("name[{}]") == []


def test_an_overflow_is_empty() -> None:
    assert nodes("10.power(400).power(400).power(400)") == nodes("2147483647 + 1") == []
    assert nodes("1.0 / 3.0")[0][1] == Decimal("0.3333333333333333333333333333")


def test_this_index_and_total_are_those_of_the_iteration() -> None:
    assert [node[1] for node in nodes("name.select($index)")] == [0, 1]
    assert nodes("$index") == nodes("$total") == []
    assert nodes("$this")[0][1] is PATIENT


@pytest.mark.parametrize(
    ("expression", "at", "reason"),
    [
        ("nonsense()", 0, "there is no function nonsense()"),
        ("id.exist()", 3, "did you mean exists()?"),
        ("name.where()", 5, "where() takes 1 argument, not 0"),
        ("name.iif(true)", 5, "iif() takes 2 to 3 arguments, not 1"),
        ("name.take(1, 2)", 5, "take() takes 1 argument, not 2"),
        ("id is Nonsense", 3, "there is no type Nonsense"),
        ("@2018-02-30", 0, "this Date does not exist: 2018-02-30"),
        ("name.select(family asc)", 19, "asc is only allowed in sort()"),
    ],
)
def test_an_expression_that_cannot_be_compiled_says_where(expression: str, at: int, reason: str) -> None:
    with pytest.raises(PathError) as caught:
        compiled(parse(expression))
    assert (caught.value.at, caught.value.phase) != (-1, "execution")
    assert caught.value.at == at
    assert reason in caught.value.reason


def test_an_error_of_the_evaluation_has_the_place_of_its_innermost_part() -> None:
    with pytest.raises(PathError) as caught:
        nodes("id.exists() and (1 + 'a')")
    assert (caught.value.at, caught.value.phase) == (19, "execution")


def test_every_result_costs_units() -> None:
    cheap, dear = scope(), scope()
    compiled(parse("id"))(cheap)
    compiled(parse("name.select(family & 'x').distinct().count()"))(dear)
    assert dear._left < cheap._left < scope()._left


def test_a_part_that_defines_a_variable_leaves_the_scope_as_it_was() -> None:
    own = scope()
    compiled(parse("defineVariable('x', 1).exists() and true"))(own)
    assert not own.variables
