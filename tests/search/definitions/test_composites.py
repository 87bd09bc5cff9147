"""Composite parameters and what their parts have in common with others."""

import pytest

from gateway.search.definitions.composites import WHOLE
from gateway.search.definitions.parameters import parameters


def test_a_composite_of_the_resource_has_parameters_for_its_parts() -> None:
    composite = parameters("Observation")["code-value-quantity"]
    assert composite.stored == (WHOLE,)
    assert [part.type for part in composite.components] == ["token", "quantity"]
    assert [part.whole.name if part.whole else None for part in composite.components] == ["code", "value-quantity"]


def test_a_composite_of_elements_is_narrowed_by_the_parameter_of_its_first_part() -> None:
    composite = parameters("Observation")["component-code-value-quantity"]
    assert composite.stored == ("component-code-value-quantity",)
    assert composite.components[0].sibling is not None
    assert composite.components[0].sibling.name == "component-code"


def test_a_composite_of_both_shares_the_entries_of_the_simpler_one() -> None:
    composite = parameters("Observation")["combo-code-value-quantity"]
    assert composite.stored == (WHOLE, "component-code-value-quantity")


def test_parts_with_each_others_expression_have_their_own() -> None:
    relation, target = parameters("DocumentReference")["relationship"].components
    assert (target.expression, relation.expression) in {("target", "code"), ("code", "target")}
    by_type = {part.type: part.expression for part in (relation, target)}
    assert by_type == {"reference": "target", "token": "code"}


@pytest.mark.parametrize("type_", ["Observation", "DocumentReference", "Group", "MolecularSequence"])
def test_a_composite_has_two_parts_or_more_and_one_rank(type_: str) -> None:
    composites = [parameter for parameter in parameters(type_).values() if parameter.components]
    assert composites
    assert all(len(composite.components) >= 2 and composite.rank == 3 for composite in composites)
