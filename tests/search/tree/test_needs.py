"""What a search needs to be fetched before it is bound."""

import pytest

from gateway.search.query import parse_tree
from gateway.search.tree.needs import Needs

SET, SYSTEM = "http://x/set", "http://x/system"


def needed(type_: str, name: str, value: str) -> list[Needs]:
    return [*parse_tree(type_, [(name, value)]).needs]


@pytest.mark.parametrize(
    ("type_", "name", "value"),
    [
        ("Observation", "code:in", SET),
        ("Observation", "code:not-in", SET),
        ("Observation", "code:in", f" {SET} "),
        ("Observation", "subject:Patient.language:in", SET),
        ("Patient", "_has:Observation:patient:code:in", SET),
        ("Patient", "_has:Observation:patient:encounter.class:in", SET),
        ("Observation", "_filter", f"code in {SET}"),
        ("Observation", "_filter", f"code ni {SET}"),
        ("Observation", "_filter", f"not (status eq final) or code:in eq {SET}"),
        ("Observation", "_filter", f"patient[language in {SET}].name eq x"),
    ],
)
def test_a_value_set_is_needed_wherever_it_is_named(type_: str, name: str, value: str) -> None:
    assert needed(type_, name, value) == [Needs("ValueSet", SET)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code:below", f"{SYSTEM}|a"),
        ("code:above", f"{SYSTEM}|a"),
        ("code:below", f"{SYSTEM}|a,{SYSTEM}|b"),
        ("_filter", f"code ss {SYSTEM}|a"),
        ("_filter", f"code sb {SYSTEM}|a"),
    ],
)
def test_a_code_system_is_needed_once_for_its_hierarchy(name: str, value: str) -> None:
    assert needed("Observation", name, value) == [Needs("CodeSystem", SYSTEM)]


def test_a_short_name_of_a_system_is_written_out() -> None:
    assert needed("Observation", "_filter", "code ss snomed|1") == [Needs("CodeSystem", "http://snomed.info/sct")]


def test_several_value_sets_are_all_needed() -> None:
    assert needed("Observation", "code:in", f"{SET},ValueSet/v,a\\,b") == [
        Needs("ValueSet", SET),
        Needs("ValueSet", "ValueSet/v"),
        Needs("ValueSet", "a,b"),
    ]


@pytest.mark.parametrize(
    ("type_", "name", "value"),
    [
        ("Observation", "code", f"{SYSTEM}|a"),
        ("Observation", "status:below", "final"),
        ("ValueSet", "url:below", "http://x|y"),
        ("QuestionnaireResponse", "questionnaire:below", "http://x|1"),
        ("Location", "partof:below", "1"),
        ("Observation", "code:text", "in"),
        ("Observation", "_filter", f'value-string eq "code in {SET}"'),
        ("Patient", "name:exact", "in"),
    ],
)
def test_nothing_else_needs_terminology(type_: str, name: str, value: str) -> None:
    assert needed(type_, name, value) == []


def test_a_parameter_that_is_left_out_needs_nothing() -> None:
    assert parse_tree("Patient", [("nonsense:in", SET)], lenient=True).needs == ()
