"""Every expression that the R4 definitions bring along is one that the engine understands."""

from collections.abc import Iterator

import pytest

from gateway.fhir import r4
from gateway.fhir.path import compile


def _search_expressions() -> Iterator[tuple[str, str]]:
    for parameters in r4.search_parameters().values():
        for parameter in parameters.values():
            if parameter.expression:
                yield parameter.type, parameter.expression


def _rules() -> Iterator[tuple[str, str]]:
    for name, type_ in r4.types().items():
        for rule in (*type_.rules, *(rule for element in type_.elements.values() for rule in element.rules)):
            yield name, rule.expression


def test_every_search_parameter_compiles() -> None:
    expressions = {expression for _, expression in _search_expressions()}
    assert len(expressions) > 1000
    for expression in expressions:
        assert compile(expression)


def test_every_component_of_a_composite_search_parameter_compiles() -> None:
    components = [
        component.expression
        for parameters in r4.search_parameters().values()
        for parameter in parameters.values()
        for component in parameter.components
    ]
    assert components
    for expression in components:
        assert compile(expression)


@pytest.mark.parametrize("expression", sorted({expression for _, expression in _rules()}))
def test_every_invariant_compiles(expression: str) -> None:
    assert compile(expression)
