"""trace and defineVariable (https://hl7.org/fhirpath/N1/#utility-functions, https://hl7.org/fhirpath/#definevariable)."""

import logging

import pytest

from gateway.fhir.path.errors import PathError
from tests.fhir.path.functions.cases import values


def test_trace_returns_its_input_and_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert values("name.given.trace('given', length())") == ["Peter", "James", "Jim"]
    assert not caplog.records


def test_trace_evaluates_its_arguments() -> None:
    with pytest.raises(PathError):
        values("name.trace('x', single(1 + 'a'))")


def test_a_variable_is_the_input_or_the_value() -> None:
    assert values("name.defineVariable('n').select(%n.count())") == [2, 2]
    assert values("defineVariable('f', name.family).select(%f)") == ["Chalmers"]


@pytest.mark.parametrize(
    "expression",
    [
        "defineVariable('x').defineVariable('x')",
        "defineVariable('context')",
        "defineVariable('sct')",
        "defineVariable('vs-x')",
    ],
)
def test_a_variable_cannot_be_defined_twice(expression: str) -> None:
    with pytest.raises(PathError, match="cannot be defined a second time"):
        values(expression)


def test_a_variable_ends_with_its_part_of_the_expression() -> None:
    with pytest.raises(PathError, match="%x is not defined"):
        values("defineVariable('x', 1).exists() and %x = 1")
